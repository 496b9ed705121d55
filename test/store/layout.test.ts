import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import { layoutStore } from "../../build/store/layout/layout.ts";
import { storeBehaviour } from "./behaviour.ts";

storeBehaviour("layout", async () => {
  const folder = await mkdtemp(join(tmpdir(), "layout-"));
  return {
    store: layoutStore(join(folder, "out")),
    reopen: () => Promise.resolve(layoutStore(join(folder, "out"))),
    dispose: () => rm(folder, { recursive: true }),
  };
});

test.run();
