import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { copy } from "../../build/copy/copy.ts";
import { saveImages } from "../../build/mirror/save.ts";
import { mirrorByName, saveByName } from "../../build/mirror/by-name.ts";
import { openPlaces, readDestination, readMirrorPlace } from "../../build/mirror/place.ts";
import { layoutStore } from "../../build/store/layout/layout.ts";
import { memoryStore } from "../../build/store/memory.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { sampleImage } from "../support/images.ts";
import { withRegistry } from "../support/registry.ts";
import { putImage } from "../store/put.ts";
import { lacking } from "./stores.ts";
import { upstreamImage, upstreamStore } from "./upstream-image.ts";

const registry = (host: string, repository: string, tag?: string): unknown => ({
  kind: "registry",
  reference: { host, repository, ...(tag !== undefined && { tag }) },
});

test("foo/bar is a repository, ./foo/bar a folder, whatever there is", () => {
  assert.equal(readMirrorPlace("foo/bar"), registry("docker.io", "foo/bar"));
  assert.equal(readMirrorPlace("busybox:1.36"), registry("docker.io", "library/busybox", "1.36"));
  assert.equal(
    readMirrorPlace("127.0.0.1:5000/k8s/pause:3.10"),
    registry("127.0.0.1:5000", "k8s/pause", "3.10"),
  );
  for (
    const [text, form, path] of [
      ["./foo", "oci", "./foo"],
      ["../foo/bar", "oci", "../foo/bar"],
      ["/srv/images", "oci", "/srv/images"],
      ["./a.tar", "oci-archive", "./a.tar"],
      ["oci:foo", "oci", "foo"],
      ["oci-archive:a.tar", "oci-archive", "a.tar"],
      ["docker-archive:a.tar", "docker-archive", "a.tar"],
    ]
  ) {
    assert.equal(readMirrorPlace(text ?? ""), { kind: "files", place: { form, path } });
  }
  assert.equal(readMirrorPlace("oci:out:3.10"), {
    kind: "files",
    place: { form: "oci", path: "out", tag: "3.10" },
  });
});

test("skopeo's docker:// is understood", () => {
  assert.equal(
    readMirrorPlace("docker://registry.k8s.io/pause:3.10"),
    registry("registry.k8s.io", "pause", "3.10"),
  );
  assert.equal(readMirrorPlace("docker://x.tar"), registry("docker.io", "library/x.tar"));
});

test("places of other tools are refused by name, with the way from there to here", async () => {
  for (
    const [text, next] of [
      ["docker-daemon:app:v1", /docker save/],
      ["containers-storage:app", /podman save/],
      ["dir:/tmp/app", /skopeo copy --all dir:/],
      ["containerd:app", /ctr image export/],
      ["ocidir://app", /oci:DIR/],
      ["file:///tmp/app", /oci:DIR/],
      ["oci://registry.example/app:v1", /Write registry\.example\/app:v1\./],
      ["https://registry.example/app", /Leave that out/],
      ["app.tar", /\.\/app\.tar for the path, docker:\/\/app\.tar/],
      ["out/", /Write \.\/out\/ for the path\./],
      ["oci:", /names no path/],
      ["", /empty/],
    ] as const
  ) {
    const error = await failsWith(["usage"], () => readMirrorPlace(text));
    assert.match(error.message, next, text);
  }
});

test("a destination has a tag, and no digest", async () => {
  const digest = `sha256:${"a".repeat(64)}`;
  assert.equal(readMirrorPlace(`x.example/app:v1@${digest}`), {
    kind: "registry",
    reference: { host: "x.example", repository: "app", tag: "v1", digest },
  });
  const error = await failsWith(["usage"], () => readDestination(`x.example/app@${digest}`));
  assert.match(error.message, /a destination has no digest/);
  assert.equal(readDestination("x.example/app:v1"), registry("x.example", "app", "v1"));
});

test("a compressed archive is neither made, nor taken for a folder", async () => {
  for (const text of ["./a.tgz", "/a.tar.gz", "./a.tar.zst:3.10", "oci-archive:a.tar.gz"]) {
    const { message } = await failsWith(["usage"], () => readDestination(text));
    assert.match(message, /Name a \.tar, and compress that\.$/);
    const place = readMirrorPlace(text);
    assert.is(place.kind === "files" && place.place.form, "oci-archive");
  }
  assert.is(readDestination("oci:a.tgz").kind, "files");
});

test("a source on a registry is asked for by its digest, its tag, or latest", async () => {
  const places = openPlaces();
  const digest = `sha256:${"a".repeat(64)}`;
  for (
    const [text, ref, tag] of [
      ["x.example/app:v1", "v1", "v1"],
      ["x.example/app", "latest", "latest"],
      [`x.example/app@${digest}`, digest, undefined],
      [`x.example/app:v1@${digest}`, digest, "v1"],
    ] as const
  ) {
    const source = await places.source(readMirrorPlace(text));
    assert.is(source.store.name, "x.example/app");
    assert.equal([source.ref, source.tag], [ref, tag]);
  }
});

test("a repository is the same store for every image of a command", async () => {
  const places = openPlaces();
  const [one, two] = ["x.example/app:v1", "x.example/app:v2"].map(readMirrorPlace);
  if (one === undefined || two === undefined) throw new Error("no places");
  assert.is((await places.source(one)).store, (await places.source(two)).store);
  assert.is(places.destination(one, ""), places.destination(two, ""));
});

test("the only image of a layout needs no name, one of several does", async () => {
  await withFolder(async (folder) => {
    const places = openPlaces();
    const place = { kind: "files", place: { form: "oci", path: folder } } as const;
    const none = await failsWith(["usage"], () => places.source(place));
    assert.match(none.message, /no image there has a name/);
    const source = memoryStore("source");
    for (const seed of [1, 2]) await putImage(source, sampleImage(seed), [`v${seed}`]);
    const untagged = layoutStore(folder);
    const { digest } = sampleImage(1).manifest.descriptor;
    await copy(source, digest, untagged, { tags: [] });
    await untagged.commit();
    assert.is((await places.source(place)).ref, digest);
    await copy(source, "v1", layoutStore(folder), { tags: ["v1"] });
    assert.equal((await places.source(place)).tag, "v1");
    await copy(source, "v2", layoutStore(folder), { tags: ["v2"] });
    const several = await failsWith(["usage"], () => places.source(place));
    assert.match(several.message, /it has v1, v2\. Name one that is there: oci:.*:TAG/);
    const named = { kind: "files", place: { ...place.place, tag: "v2" } } as const;
    assert.is((await places.source(named)).ref, "v2");
    const wrong = { kind: "files", place: { ...place.place, tag: "v3" } } as const;
    await failsWith(["usage"], () => places.source(wrong));
  });
});

test("an image of a saved archive is found by its tag, and its signatures are found with it", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "a.tar");
    const image = upstreamImage();
    const store = await upstreamStore(image);
    await saveImages([
      { store, ref: "3.10", repository: "registry.k8s.io/pause", tag: "3.10" },
    ], path);
    const places = openPlaces();
    for (const tag of [undefined, "3.10"]) {
      const place = { form: "oci-archive", path, ...(tag !== undefined && { tag }) } as const;
      const source = await places.source({ kind: "files", place });
      assert.equal([source.ref, source.tag], ["3.10", "3.10"]);
      assert.equal(await lacking(source.store, source.ref), []);
      for (const [cosign, { descriptor }] of image.cosign) {
        assert.is((await source.store.resolve(cosign))?.digest, descriptor.digest);
      }
    }
  });
});

test("INSECURE=1 is refused where it may mean several registries, and says which", async () => {
  const plainHttp = true;
  const named = ["ghcr.io/a/b:1", "10.0.0.5:5000/b:1"] as const;
  for (
    const act of [
      () => mirrorByName(named[0], [named[1]], { plainHttp }),
      () => saveByName(named, "never.tar", { plainHttp }),
    ]
  ) {
    const { message } = await failsWith(["usage"], act);
    assert.match(message, "it is not said for which of ghcr.io, 10.0.0.5:5000.");
  }
});

test("INSECURE=1 does not mean this machine, of which there may be several registries", async () => {
  await withRegistry({}, async ({ host }) => {
    const { failures } = await mirrorByName(`${host}/missing:1`, ["localhost:1/b"], {
      plainHttp: true,
    });
    assert.equal(failures.map(({ error }) => error.code), ["registry"]);
  });
});

test.run();
