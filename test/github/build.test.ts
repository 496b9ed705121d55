import { test } from "uvu";
import * as assert from "uvu/assert";
import { checkSystem } from "../../build/github/build.ts";
import { failsWith } from "../support/fails.ts";

test("a build on Windows is refused with where to go, before a compiler is looked for", async () => {
  const { message } = await failsWith(["toolchain"], () => checkSystem("win32"));
  assert.match(message, /Cannot build on Windows: .*ubuntu-24\.04/);
  for (const platform of ["linux", "darwin"]) assert.is(checkSystem(platform), undefined);
});

test.run();
