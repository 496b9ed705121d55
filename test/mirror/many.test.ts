import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../build/error.ts";
import { requireApart } from "../../build/mirror/apart.ts";
import { type ManyOptions, type MirroredAll, mirrorPlaces } from "../../build/mirror/many.ts";
import { mirrorImage } from "../../build/mirror/mirror.ts";
import { openPlaces, type Places, readMirrorPlace } from "../../build/mirror/place.ts";
import { saveImages } from "../../build/mirror/save.ts";
import { archiveSource } from "../../build/store/archive/source.ts";
import { layoutStore } from "../../build/store/layout/layout.ts";
import { memoryStore } from "../../build/store/memory.ts";
import type { Store } from "../../build/store/store.ts";
import { readPlace } from "../../build/store/place.ts";
import { all, putImage } from "../store/put.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { sampleImage } from "../support/images.ts";
import { recorded, refusing } from "./stores.ts";
import { upstreamImage, upstreamStore } from "./upstream-image.ts";

const UPSTREAM = upstreamImage();

const image = (seed: number): string => sampleImage(seed).manifest.descriptor.digest;

/** A source with these tags, each of another image. */
async function sourceOf(...tags: readonly string[]): Promise<Store> {
  const store = memoryStore("a.example/app");
  for (const [at, tag] of tags.entries()) await putImage(store, sampleImage(at + 1), [tag]);
  return store;
}

/** Mirrors from `source` to places; `stores` stand for registries, by their names. */
async function mirror(
  source: Store,
  to: readonly string[],
  options: ManyOptions = {},
  stores: readonly Store[] = [],
): Promise<MirroredAll> {
  const files = openPlaces();
  const places: Places = {
    source: ({ kind, ...place }) => {
      const tag = "reference" in place ? place.reference.tag ?? "latest" : "latest";
      assert.is(kind, "registry");
      return Promise.resolve({ store: source, ref: tag, tag });
    },
    repository: () => Promise.resolve({ store: source }),
    destination: (place, image) =>
      place.kind === "files"
        ? files.destination(place, image)
        : stores.find(({ name }) =>
          name === `${place.reference.host}/${place.reference.repository}`
        ) ??
          memoryStore("x"),
  };
  const from = readMirrorPlace(options.rules ? "a.example/app" : "a.example/app:v1");
  return await mirrorPlaces(from, to.map(readMirrorPlace), places, options);
}

const outcomes = ({ mirrored }: MirroredAll): string[][] =>
  mirrored.map(({ deliveries }) => deliveries.map(({ outcome }) => outcome));

const BROKEN = refusing(memoryStore("b.example/app"), /^putManifest/);

test("an archive is written when all of it arrived, whatever becomes of other destinations", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    const to = ["b.example/app", `oci-archive:${file}`, `oci:${folder}/out`];
    const done = await mirror(await sourceOf("v1"), to, {}, [BROKEN]);
    assert.equal(outcomes(done), [["failed", "copied", "copied"]]);
    assert.equal(await all(archiveSource(file).tags()), ["v1"]);
    assert.equal(await all(layoutStore(`${folder}/out`).tags()), ["v1"]);
  });
});

test("an archive that lacks an image is not written, and none of it counts as copied", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    const told: string[] = [];
    const done = await mirror(
      await sourceOf("v1"),
      [file, "c.example/app"].map((to) => to.startsWith("/") ? `oci-archive:${to}` : to),
      {
        rules: { names: ["v1", "v2"] },
        keepGoing: true,
        onFailed: (source) => told.push(`${source} not found`),
        onEvent: (event) => {
          if (event.type !== "delivered") return;
          told.push(`${event.delivery.destination} ${event.delivery.outcome}`);
        },
      },
      [memoryStore("c.example/app")],
    );
    assert.equal(outcomes(done), [["failed", "copied"]]);
    assert.match(
      done.mirrored[0]?.deliveries[0]?.error?.message ?? "",
      /a\.tar: 1 of 2 images arrived/,
    );
    assert.is(done.mirrored[0]?.deliveries[0]?.digest, undefined);
    assert.equal(told.sort(), [
      "a.example/app:v2 not found",
      "c.example/app:v1 copied",
      `oci-archive:${file}:v1 copied`,
      `oci-archive:${file}:v1 failed`,
    ]);
    await failsWith(["storage"], () => all(archiveSource(file).tags()));
  });
});

test("results are in the order of the source, whichever image is there first", async () => {
  const tags = ["v1", "v2", "v3", "v4"];
  const inner = await sourceOf(...tags.slice(1));
  const slow: Store = {
    ...inner,
    async resolve(ref) {
      await sleep(5 * (4 - tags.indexOf(ref)));
      return await inner.resolve(ref);
    },
  };
  const rules = { names: [...tags, "none"] };
  const to = memoryStore("c.example/app");
  const done = await mirror(slow, ["c.example/app"], { rules, keepGoing: true }, [to]);
  assert.equal(done.mirrored.map(({ source }) => source), [
    "a.example/app:v2",
    "a.example/app:v3",
    "a.example/app:v4",
  ]);
  assert.equal(done.failures.map(({ source }) => source), [
    "a.example/app:none",
    "a.example/app:v1",
  ]);
});

test("an archive that cannot be written in the end has failed, and the next one has not", async () => {
  await withFolder(async (folder) => {
    const [bad, good] = [join(folder, "bad.tar"), join(folder, "good.tar")];
    const files = openPlaces();
    const full = new PauseError("storage", "Cannot write bad.tar: no space is left.");
    const source = await sourceOf("v1");
    const places: Places = {
      source: () => Promise.resolve({ store: source, ref: "v1", tag: "v1" }),
      repository: () => Promise.resolve({ store: source }),
      destination: (place, image) => {
        const store = files.destination(place, image);
        return store.name.includes("bad")
          ? { ...store, commit: () => Promise.reject(full) }
          : store;
      },
    };
    const to = [bad, good].map((file) => readMirrorPlace(`oci-archive:${file}`));
    const done = await mirrorPlaces(readMirrorPlace("a.example/app:v1"), to, places);
    assert.equal(outcomes(done), [["failed", "copied"]]);
    assert.is(done.mirrored[0]?.deliveries[0]?.error, full);
    assert.equal(await all(archiveSource(good).tags()), ["v1"]);
  });
});

test("one file under two tags has both, however it is spelt", async () => {
  await withFolder(async (folder) => {
    const to = [`oci-archive:${folder}/a.tar:one`, `oci-archive:${folder}/./a.tar:two`];
    const done = await mirror(await sourceOf("v1"), to);
    assert.equal(outcomes(done), [["copied", "copied"]]);
    assert.equal(await all(archiveSource(join(folder, "a.tar")).tags()), ["one", "two"]);
  });
});

test("a destination that is named twice is written to once", async () => {
  const { store, calls } = recorded(memoryStore("c.example/app"));
  const to = ["c.example/app", "c.example/app:v1"];
  const done = await mirror(await sourceOf("v1"), to, {}, [store]);
  assert.equal(outcomes(done), [["copied"]]);
  assert.is(calls.filter((call) => call.startsWith("putManifest")).length, 1);
});

test("what would be mirrored onto itself is refused, under any spelling", async () => {
  await withFolder(async (folder) => {
    await writeFile(join(folder, "a.tar"), "");
    await symlink("a.tar", join(folder, "link.tar"));
    const places = openPlaces();
    for (
      const [from, to, rules] of [
        ["a.example/app:v1", "a.example/app"],
        ["a.example/app", "docker://a.example/app:latest"],
        ["a.example/app:v1", "A.Example/app"],
        ["busybox", "index.docker.io/library/busybox:latest"],
        ["a.example/app", "a.example/app", { all: true }],
        [`a.example/app@${image(1)}`, "a.example/app"],
        [`oci:${folder}:v1`, `oci:${folder}/../${folder.split("/").at(-1)}`],
        [`oci-archive:${folder}/a.tar:v1`, `oci-archive:${folder}/a.tar:v2`],
        [`oci-archive:${folder}/a.tar`, `docker-archive:${folder}/link.tar`],
      ] as const
    ) {
      const act = (): Promise<unknown> =>
        mirrorPlaces(readMirrorPlace(from), [readMirrorPlace(to)], places, rules && { rules });
      const { message } = await failsWith(["usage"], act);
      assert.match(message, /that is the source itself/);
    }
  });
});

test("another tag in the source's repository is no copy onto itself, nor is a tag that goes back", async () => {
  const store = memoryStore("a.example/app");
  const done = await mirror(await sourceOf("v1"), ["a.example/app:v2"], {}, [store]);
  assert.equal(outcomes(done), [["copied"]]);
  await requireApart(
    readMirrorPlace(`a.example/app:v1@${image(1)}`),
    [readMirrorPlace("a.example/app")],
    false,
  );
});

test("one file in two forms is refused before anything is asked", async () => {
  const { store, calls } = recorded(await sourceOf("v1"));
  const to = ["oci-archive:x/a.tar", "docker-archive:./x/a.tar"];
  const { message } = await failsWith(["usage"], () => mirror(store, to));
  assert.match(message, /they are one file/);
  assert.equal(calls, []);
});

test("an image without a name is read back with what hangs on it, where it is the only one", async () => {
  await withFolder(async (folder) => {
    const source = await upstreamStore(UPSTREAM);
    const { digest } = UPSTREAM.index.descriptor;
    const file = `oci-archive:${folder}/a.tar`;
    const from = { kind: "files", place: readPlace(file) } as const;
    const archive = openPlaces().destination(from);
    await mirrorImage(source, digest, [{ store: archive, tags: [] }]);
    await archive.commit();
    const to = readMirrorPlace(`oci:${folder}/out:v1`);
    const done = await mirrorPlaces(from, [to], openPlaces());
    assert.is(done.mirrored[0]?.deliveries[0]?.digest, digest);
    assert.is(done.mirrored[0]?.deliveries[0]?.referrers, 5);
  });
});

test("docker load gets the name of an image that has one, and else none", async () => {
  await withFolder(async (folder) => {
    const source = await sourceOf("v1");
    await mirror(source, [`oci:${folder}/out`]);
    const repository = "r.example/app";
    await saveImages([{ store: source, ref: "v1", repository, tag: "v1" }], `${folder}/a.tar`);
    const names: unknown[] = [];
    for (const from of [`oci:${folder}/out`, `oci-archive:${folder}/a.tar`]) {
      const to = readMirrorPlace(`docker-archive:${folder}/d.tar`);
      const done = await mirrorPlaces(readMirrorPlace(from), [to], openPlaces());
      assert.equal(outcomes(done), [["copied"]]);
      names.push(/"RepoTags":\[[^\]]*\]/.exec(await readFile(`${folder}/d.tar`, "latin1"))?.[0]);
    }
    assert.equal(names, ['"RepoTags":[]', '"RepoTags":["r.example/app:v1"]']);
  });
});

test("a folder is no file to write an archive to, however it is spelt", async () => {
  for (const path of [".", "./", "..", "build"]) {
    const done = await mirror(await sourceOf("v1"), [`oci-archive:${path}`]);
    assert.match(done.mirrored[0]?.deliveries[0]?.error?.message ?? "", /it is no file/);
  }
});

test("tags are chosen from an archive of one repository, and of several none can be", async () => {
  await withFolder(async (folder) => {
    const source = await sourceOf("v1", "v2");
    const save = async (...images: readonly [string, string][]): Promise<string> => {
      const file = join(folder, `${images.length}.tar`);
      const savings = images.map(([name, tag]) => ({
        store: source,
        ref: tag,
        repository: `r.example/${name}`,
        tag,
      }));
      await saveImages(savings, file);
      return file;
    };
    const places = openPlaces();
    const from = async (file: string, rules: ManyOptions["rules"]): Promise<MirroredAll> =>
      await mirrorPlaces(
        readMirrorPlace(`oci-archive:${file}`),
        [readMirrorPlace(`oci:${folder}/out`)],
        places,
        rules && { rules },
      );
    const one = await save(["app", "v1"], ["app", "v2"]);
    for (const rules of [{ all: true }, { names: ["v1", "v2"] }]) {
      const done = await from(one, rules);
      assert.equal(done.failures, []);
      assert.equal(done.mirrored.map(({ digest }) => digest), [image(1), image(2)]);
    }
    assert.equal(await all(layoutStore(`${folder}/out`).tags()), ["v1", "v2"]);
    const several = await save(["app", "v1"], ["other", "v2"], ["third", "v1"]);
    const { message } = await failsWith(["usage"], () => from(several, { all: true }));
    assert.match(message, /of 3 repositories, .*r\.example\/other, .* "load"/);
  });
});

test.run();
