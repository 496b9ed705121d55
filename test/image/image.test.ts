import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../build/error.ts";
import type { Image } from "../../build/image/assemble.ts";
import { buildImage, type ImageRequest } from "../../build/image/image.ts";
import { sha256 } from "../../build/oci/digest.ts";
import { readImageConfig, readManifest } from "../../build/oci/document.ts";
import { DOCKER, OCI } from "../../build/oci/media-types.ts";
import { buildFrom, contextOf, FILES } from "./build-from.ts";

const DOCKERFILE = `FROM scratch
ADD bin/pause /pause
LABEL org.opencontainers.image.title="päuse" \\
  a=b
USER 65535:65535
ENTRYPOINT ["/pause"]
`;

const ARM = { os: "linux", architecture: "arm", variant: "v7" };

function build(request: Partial<ImageRequest> = {}): Promise<Image> {
  return buildImage({
    dockerfile: DOCKERFILE,
    path: "Dockerfile",
    contextDir: contextOf(FILES),
    platform: ARM,
    created: 1700000000,
    mediaTypes: OCI,
    ...request,
  });
}

function text({ bytes }: { bytes: Uint8Array }): string {
  return new TextDecoder().decode(bytes);
}

test("the configuration says platform, time, user, command, labels and history, in a fixed order", async () => {
  const image = await build();
  const diffId = readImageConfig(image.config.bytes).rootfs.diff_ids[0];
  const created = '"created":"2023-11-14T22:13:20Z"';
  assert.is(
    text(image.config),
    `{${created},"architecture":"arm","variant":"v7","os":"linux","config":{"User":"65535:65535",` +
      `"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],` +
      `"Entrypoint":["/pause"],"WorkingDir":"/",` +
      `"Labels":{"a":"b","org.opencontainers.image.title":"päuse"}},` +
      `"rootfs":{"type":"layers","diff_ids":["${diffId}"]},"history":[` +
      `{${created},"created_by":"ADD bin/pause /pause"},` +
      `{${created},"created_by":"LABEL org.opencontainers.image.title=\\"päuse\\"   a=b","empty_layer":true},` +
      `{${created},"created_by":"USER 65535:65535","empty_layer":true},` +
      `{${created},"created_by":"ENTRYPOINT [\\"/pause\\"]","empty_layer":true}]}`,
  );
});

test("the manifest points at config and layer, with sizes in bytes; OCI's labels and the time annotate it", async () => {
  const { manifest, config, layers, annotations } = await build();
  const [layer] = layers;
  assert.is(config.descriptor.size, config.bytes.length);
  assert.ok(config.bytes.length > text(config).length, "ä is two bytes");
  assert.is(
    text(manifest),
    `{"schemaVersion":2,"mediaType":"${OCI.manifest}",` +
      `"config":{"mediaType":"${OCI.config}","digest":"${
        sha256(config.bytes)
      }","size":${config.bytes.length}},` +
      `"layers":[{"mediaType":"${OCI.layer}","digest":"${layer?.descriptor.digest}","size":${layer?.bytes.length}}],` +
      `"annotations":{"org.opencontainers.image.created":"2023-11-14T22:13:20Z",` +
      `"org.opencontainers.image.title":"päuse"}}`,
  );
  assert.equal(annotations, {
    "org.opencontainers.image.created": "2023-11-14T22:13:20Z",
    "org.opencontainers.image.title": "päuse",
  });
});

test("every history line that is not empty has its layer, and every layer its line", async () => {
  const { config, layers } = await buildFrom([
    "FROM scratch",
    "WORKDIR /w",
    "ARG A=1",
    "COPY dir/a .",
    "WORKDIR /w",
    "ADD --chmod=700 \\",
    "  bin/pause /pause",
  ]);
  assert.equal(config.history?.map((line) => [line.created_by, line.empty_layer]), [
    ["WORKDIR /w", undefined],
    ["ARG A=1", true],
    ["COPY dir/a .", undefined],
    ["WORKDIR /w", true],
    ["ADD --chmod=700 bin/pause /pause", undefined],
  ]);
  assert.is(layers.length, 3);
  assert.is(config.rootfs.diff_ids.length, 3);
});

test("two variants of one architecture share the layer and differ in the configuration", async () => {
  const seven = await build();
  const six = await build({ platform: { ...ARM, variant: "v6" } });
  assert.is(six.layers[0]?.descriptor.digest, seven.layers[0]?.descriptor.digest);
  assert.is.not(six.config.descriptor.digest, seven.config.descriptor.digest);
  assert.is(readImageConfig(six.config.bytes).variant, "v6");
});

test("another time changes the configuration, and not the layer of a program that did not change", async () => {
  const now = await build();
  const later = await build({ created: 1800000000 });
  assert.is(later.layers[0]?.descriptor.digest, now.layers[0]?.descriptor.digest);
  assert.is.not(later.config.descriptor.digest, now.config.descriptor.digest);
});

test("a platform without a variant has none in its configuration; os.version stands after os", async () => {
  const platform = { os: "windows", architecture: "amd64", "os.version": "10.0.1" };
  const config = text((await build({ platform })).config);
  assert.match(config, '"architecture":"amd64","os":"windows","os.version":"10.0.1","config"');
  assert.not.match(config, '"Env"');
});

test("Docker's format has Docker's media types, and no annotations, which its manifests do not know", async () => {
  const { manifest, config, layers } = await build({ mediaTypes: DOCKER });
  const document = readManifest(manifest.bytes);
  assert.is(document.mediaType, DOCKER.manifest);
  assert.is(document.annotations, undefined);
  assert.is(config.descriptor.mediaType, DOCKER.config);
  assert.is(layers[0]?.descriptor.mediaType, DOCKER.layer);
});

test("the first and the last second are written out; what is no time is refused", async () => {
  const timeOf = async (created: number): Promise<string | undefined> =>
    readImageConfig((await build({ created })).config.bytes).created;
  assert.is(await timeOf(0), "1970-01-01T00:00:00Z");
  assert.is(await timeOf(253402300799), "9999-12-31T23:59:59Z");
  for (const created of [-1, 1.5, 253402300800, NaN, Infinity]) {
    const error = await build({ created }).catch((error: unknown) => error);
    assert.instance(error, PauseError);
    assert.is((error as PauseError).code, "usage");
  }
});

test("odd names in labels and ports stay names", async () => {
  const { config } = await buildFrom([
    "FROM scratch",
    "COPY dir/a /a",
    "LABEL __proto__=x constructor=y 10=z",
  ]);
  assert.equal(Object.entries(config.config?.Labels ?? {}), [
    ["10", "z"],
    ["__proto__", "x"],
    ["constructor", "y"],
  ]);
});

test.run();
