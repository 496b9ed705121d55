import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { freshOrMade, lastMade, type Making } from "../../build/make/stamp.ts";
import { withFolder } from "../support/folder.ts";

/** A thing that counts how often it was made. */
function thing(directory: string, ingredients: unknown, intact = true) {
  const counted = { made: 0 };
  const making: Making<string> = {
    name: "thing",
    directory,
    ingredients: () => Promise.resolve(ingredients),
    intact: () => Promise.resolve(intact),
    make: () => Promise.resolve(`made ${++counted.made}`),
  };
  return { counted, making };
}

test("freshOrMade() makes a thing once as long as its ingredients stay", () =>
  withFolder(async (folder) => {
    const { counted, making } = thing(folder, { flour: 1 });
    assert.equal(await freshOrMade(making), { result: "made 1", made: true });
    assert.equal(await freshOrMade(making), { result: "made 1", made: false });
    assert.is(counted.made, 1);
  }));

test("freshOrMade() makes it anew when an ingredient changes", () =>
  withFolder(async (folder) => {
    await freshOrMade(thing(folder, { flour: 1 }).making);
    const { making } = thing(folder, { flour: 2 });
    assert.is((await freshOrMade(making)).made, true);
  }));

test("freshOrMade() makes it anew when it is gone or was changed", () =>
  withFolder(async (folder) => {
    await freshOrMade(thing(folder, {}).making);
    assert.is((await freshOrMade(thing(folder, {}, false).making)).made, true);
  }));

test("freshOrMade() makes it anew when the stamp cannot be read", () =>
  withFolder(async (folder) => {
    const { making } = thing(folder, {});
    await freshOrMade(making);
    for (const text of ["", "{", "null", "7", '{"key":1}']) {
      writeFileSync(join(folder, "bin/.stamps/thing.json"), text);
      assert.is((await freshOrMade(making)).made, true, text);
    }
  }));

test("freshOrMade() leaves no stamp when the making fails", () =>
  withFolder(async (folder) => {
    const { making } = thing(folder, {});
    try {
      await freshOrMade({ ...making, make: () => Promise.reject(new Error("no oven")) });
      assert.unreachable();
    } catch (error) {
      assert.is((error as Error).message, "no oven");
    }
    assert.is(await lastMade(making), undefined);
  }));

test.run();
