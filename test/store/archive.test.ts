import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import { archiveStore } from "../../build/store/archive/archive.ts";
import { archiveSource } from "../../build/store/archive/source.ts";
import { storeBehaviour } from "./behaviour.ts";

storeBehaviour("archive", async () => {
  const folder = await mkdtemp(join(tmpdir(), "archive-"));
  const file = join(folder, "out.tar");
  return {
    store: archiveStore(file, { form: "oci" }),
    reopen: () => Promise.resolve(archiveSource(file)),
    dispose: () => rm(folder, { recursive: true }),
  };
});

test.run();
