import { test } from "uvu";
import * as assert from "uvu/assert";
import { findBase } from "../../build/image/base.ts";
import type { Image } from "../../build/image/assemble.ts";
import { buildImage, type ImageRequest } from "../../build/image/image.ts";
import type { NamedBase } from "../../build/image/plan.ts";
import type { ImageConfig, Manifest } from "../../build/oci/manifest.ts";
import { DOCKER, OCI } from "../../build/oci/media-types.ts";
import { type BaseOptions, baseStore, windowsBase } from "../support/windows-base.ts";
import { buildFrom, contextOf, FILES, refusalOf } from "./build-from.ts";

const WANTED = { os: "windows", architecture: "amd64", "os.version": "10.0.20348" };

async function baseOf(options: BaseOptions = {}): Promise<NamedBase> {
  const image = await findBase(await baseStore(await windowsBase(options)), "v1", WANTED, "x");
  return { name: `base.example/x:v1@${image.descriptor.digest}`, image };
}

const BASE = await baseOf();
const REQUEST = { base: BASE, platform: BASE.image.platform };

const build = (lines: readonly string[], request: Partial<ImageRequest> = {}) =>
  buildFrom([`FROM ${BASE.name}`, ...lines], { ...REQUEST, ...request });

const ADD = "ADD dir/a /Windows/System32/a.exe";

/** Built from memory, so that the bytes can be looked at. */
function bytesOf(request: Partial<ImageRequest> = {}): Promise<Image> {
  return buildImage({
    dockerfile: `FROM ${BASE.name}\n${ADD}`,
    path: "Dockerfile",
    contextDir: contextOf(FILES),
    created: 0,
    mediaTypes: OCI,
    ...REQUEST,
    ...request,
  });
}

test("the base's layers come first, as it names them, and ours after them", async () => {
  const { manifest, config } = await build([ADD]);
  const [windows, own] = BASE.image.layers;
  assert.equal(
    manifest.layers.slice(0, 2).map(({ digest, size, urls }) => ({ digest, size, urls })),
    [
      { digest: windows?.digest, size: windows?.size, urls: windows?.urls },
      { digest: own?.digest, size: own?.size, urls: undefined },
    ],
  );
  assert.is(manifest.layers.length, 3);
  assert.equal(config.rootfs.diff_ids.slice(0, 2), BASE.image.config.rootfs.diff_ids);
  assert.is(config.rootfs.diff_ids.length, 3);
});

test("in an OCI image the base's layers have OCI's names, in Docker's they keep Docker's; foreign stays foreign", async () => {
  const typesOf = ({ layers }: Manifest) => layers.map(({ mediaType }) => mediaType);
  assert.equal(typesOf((await build([ADD])).manifest), [
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    OCI.layer,
    OCI.layer,
  ]);
  assert.equal(typesOf((await build([ADD], { mediaTypes: DOCKER })).manifest), [
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    DOCKER.layer,
    DOCKER.layer,
  ]);
});

test("the configuration keeps system, version, user and variables of the base, and its history before ours", async () => {
  const { config } = await build([ADD, "LABEL a=b"]);
  assert.is(config.os, "windows");
  assert.is(config.architecture, "amd64");
  assert.is(config["os.version"], "10.0.20348.3207");
  assert.is(config.config?.User, "ContainerUser");
  assert.equal(config.config?.Env, BASE.image.config.config?.Env);
  assert.equal(config.config?.Cmd, ["c:\\windows\\system32\\cmd.exe"]);
  assert.equal((config.config as Record<string, unknown>).ArgsEscaped, true);
  assert.equal((config.config as Record<string, unknown>).Hostname, "");
  assert.equal(config.history?.map((line) => [line.created_by, line.empty_layer ?? false]), [
    ["Apply image 10.0.20348.3207", false],
    ["COPY binaries /tools", false],
    ["USER ContainerUser", true],
    [ADD, false],
    ["LABEL a=b", true],
  ]);
  assert.is(config.created, "1970-01-01T00:00:00Z");
});

test("layers of which the base says nothing get a line each in the history", async () => {
  const { history: lines = [], ...silent } = BASE.image.config;
  for (
    const [config, told] of [[silent, 0], [{ ...silent, history: lines.slice(0, 1) }, 1]] as const
  ) {
    const image = { ...BASE.image, config };
    const { history = [] } = (await build([ADD], { base: { ...BASE, image } })).config;
    assert.equal(
      history.map(({ created_by: by }) => by),
      [
        ...lines.slice(0, told).map(({ created_by: by }) => by),
        ...Array(2 - told).fill("the base"),
        ADD,
      ],
    );
  }
});

test("the base's features of the system are in the configuration, before the rest", async () => {
  const platform = { os: "windows", architecture: "amd64", "os.features": ["win32k"] };
  const base = await baseOf({ platform });
  const image = await bytesOf({
    base,
    platform: base.image.platform,
    dockerfile: `FROM ${base.name}\n${ADD}`,
  });
  assert.match(
    new TextDecoder().decode(image.config.bytes),
    '"os":"windows","os.version":"10.0.20348.3207","os.features":["win32k"],"config"',
  );
});

test("PATH takes the place of the base's Path: to Windows they are one", async () => {
  const { config } = await build([ADD, 'ENV PATH="C:\\Windows\\system32;C:\\Windows;"']);
  assert.equal(config.config?.Env, ["BASE=yes", "PATH=C:\\Windows\\system32;C:\\Windows;"]);
});

test("what the base has can be used by its name", async () => {
  const { config } = await build([ADD, "ENV MORE=$BASE/more"]);
  assert.is(config.config?.Env?.at(-1), "MORE=yes/more");
});

test("with an ENTRYPOINT the base's command is no argument of ours; CMD says what is", async () => {
  const { config } = await build([ADD, 'ENTRYPOINT ["/pause.exe"]']);
  assert.equal(config.config?.Entrypoint, ["/pause.exe"]);
  assert.is(config.config?.Cmd, undefined);
  assert.not.ok("ArgsEscaped" in (config.config ?? {}));
  const both = await build([ADD, 'CMD ["-v"]', 'ENTRYPOINT ["/pause.exe"]']);
  assert.equal(both.config.config?.Cmd, ["-v"]);
});

test("the manifest says what it is built on", async () => {
  const { manifest } = await build([ADD]);
  assert.is(manifest.annotations?.["org.opencontainers.image.base.name"], "base.example/x:v1");
  assert.is(
    manifest.annotations?.["org.opencontainers.image.base.digest"],
    BASE.image.descriptor.digest,
  );
  assert.equal(Object.keys((await bytesOf()).annotations), ["org.opencontainers.image.created"]);
});

test("the same base gives the same bytes; another update gives others, and the same layer of ours", async () => {
  const one = await bytesOf();
  const two = await bytesOf({ base: await baseOf() });
  assert.is(one.manifest.descriptor.digest, two.manifest.descriptor.digest);
  const other = await baseOf({ versions: ["10.0.20348.9999"] });
  const three = await bytesOf({
    base: other,
    platform: other.image.platform,
    dockerfile: `FROM ${other.name}\n${ADD}`,
  });
  assert.is.not(three.manifest.descriptor.digest, one.manifest.descriptor.digest);
  assert.is(three.layers[0]?.descriptor.digest, one.layers[0]?.descriptor.digest);
  const config = JSON.parse(new TextDecoder().decode(three.config.bytes)) as ImageConfig;
  assert.is(config["os.version"], "10.0.20348.9999");
});

test("FROM has to name the base that was found", async () => {
  assert.match(
    await refusalOf(["FROM scratch", ADD], REQUEST),
    `the embedded builder starts from ${BASE.name}, and not from "scratch"`,
  );
});

test("what there is not on Windows is refused, with its line and what to write", async () => {
  const rows: Readonly<Record<string, string>> = {
    "WORKDIR /x": "WORKDIR is not done for Windows",
    "ENTRYPOINT pause.exe": "ENTRYPOINT for cmd.exe is not done here",
    "CMD x": "CMD for cmd.exe is not done here",
    "ADD --chmod=755 dir/a /a": "--chmod means nothing on Windows",
    "COPY --chown=1 dir/a /a": "--chown means nothing on Windows",
    'ADD ["dir/a", "C:\\\\a.exe"]': "is no path that is the same everywhere",
    "ADD dir/a a.exe": 'the target "a.exe" is no path',
    "ADD dir/a /a:b": 'the target "/a:b" is no path',
  };
  for (const [line, found] of Object.entries(rows)) {
    const message = await refusalOf([`FROM ${BASE.name}`, line], REQUEST);
    assert.match(message, "Cannot build Dockerfile:2: ");
    assert.match(message, found);
  }
});

test("a link is refused", async () => {
  const link = { path: "", kind: "link", mode: 0o777, to: "a" } as const;
  const message = await refusalOf([`FROM ${BASE.name}`, "COPY link /x"], {
    ...REQUEST,
    contextDir: () => Promise.resolve([link]),
  });
  assert.match(message, ":2: /x is a link, which is not done for Windows");
});

test.run();
