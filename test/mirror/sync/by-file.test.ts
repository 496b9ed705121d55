import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { planByFile, syncByFile } from "../../../build/mirror/sync/by-file.ts";
import { registryStore } from "../../../build/store/registry/registry.ts";
import type { Store } from "../../../build/store/store.ts";
import { anonymous, IMPATIENT } from "../../store/registry/open.ts";
import { failsWith } from "../../support/fails.ts";
import { withFolder } from "../../support/folder.ts";
import { withRegistry } from "../../support/registry.ts";
import { putSample } from "./places.ts";

interface Stage {
  /** Writes a sync file with these sources, and gives its path. */
  readonly file: (sources: string, more?: string) => Promise<string>;
  readonly store: (repository: string) => Store;
  readonly host: string;
  readonly options: {
    readonly environment: Readonly<Record<string, string>>;
    readonly registry: { readonly retry: typeof IMPATIENT };
  };
}

async function withStage(use: (stage: Stage) => Promise<void>): Promise<void> {
  await withFolder((folder) =>
    withRegistry({}, async ({ host }) => {
      await use({
        host,
        file: async (sources, more = "") => {
          const path = join(folder, "mirror.yaml");
          const text = `version: 1
sources: [${sources.replaceAll("HERE", host)}]
destinations: [{ to: "${host}/mirror/{path}" }]
${more}`;
          await writeFile(path, text);
          return path;
        },
        store: (repository) =>
          registryStore({ host, repository }, { credentials: anonymous, retry: IMPATIENT }),
        options: { environment: { HOME: folder }, registry: { retry: IMPATIENT } },
      });
    })
  );
}

const ONE = "{ image: 'HERE/a:1' }";

test("syncByFile() mirrors what the file names, and planByFile() knows that it is there", () =>
  withStage(async ({ file, store, host, options }) => {
    const { descriptor: { digest } } = await putSample(store("a"), ["1"]);
    const path = await file(ONE);
    const { planned: [before] } = await planByFile(path, { ...options, deep: true });
    assert.is(before?.destinations[0]?.state, "missing");
    assert.is(before?.destinations[0]?.sending?.manifests, 3);
    const { mirrored, failures, skipped } = await syncByFile(path, options);
    assert.equal([failures, skipped], [[], []]);
    assert.equal(mirrored[0]?.deliveries[0]?.destination, `${host}/mirror/a:1`);
    assert.is((await store("mirror/a").resolve("1"))?.digest, digest);
    const { planned: [after] } = await planByFile(path, options);
    assert.is(after?.destinations[0]?.state, "current");
  }));

test("keepGoing of the file holds until a caller says otherwise", () =>
  withStage(async ({ file, store, options }) => {
    await putSample(store("a"), ["1"]);
    const path = await file(`{ image: HERE/none, tags: { all: true } }, ${ONE}`, "keepGoing: true");
    const failed: string[] = [];
    const onFailed = (source: string): void => void failed.push(source);
    const { mirrored, failures } = await syncByFile(path, { ...options, onFailed });
    assert.equal([mirrored.length, failures.length, failed.length], [1, 1, 1]);
    await failsWith(["registry"], () => syncByFile(path, { ...options, keepGoing: false }));
  }));

test("images that were not begun are named", () =>
  withStage(async ({ file, store, host, options }) => {
    await putSample(store("a"), ["1"]);
    const none = Array.from({ length: 16 }, (_, at) => `{ image: 'HERE/none:${at}' }`).join();
    const { failures, skipped } = await syncByFile(await file(`${none}, ${ONE}`), options);
    assert.is(failures.length, 16);
    assert.equal(skipped, [`${host}/a:1`]);
  }));

test('a list called "-" is refused where nothing comes on the standard input', () =>
  withStage(async ({ file, options }) => {
    const path = await file("{ list: '-' }");
    const { message } = await failsWith(["usage"], () => syncByFile(path, options));
    assert.match(message, /the list "-": nothing comes on the standard input/);
  }));

test("a file that is not there is named before anything else", async () => {
  const { message } = await failsWith(["usage"], () => planByFile("/nonexistent/x.yaml"));
  assert.match(message, "/nonexistent/x.yaml: there is no such file");
});

test("what is wrong with a file is known by its places, not only in words", () =>
  withStage(async ({ file }) => {
    const path = await file("{ image: HERE/a, tags: [3.10] }, { imgae: x }");
    const { where } = await failsWith(["usage"], () => syncByFile(path));
    assert.ok(where.length >= 2);
    assert.equal([where[0]?.file, where[0]?.line], [path, 2]);
    assert.ok((where[0]?.column ?? 0) > 10);
    assert.match(where[0]?.message ?? "", /^sources\[0\]\.tags\[0\]: Found/);
  }));

test.run();
