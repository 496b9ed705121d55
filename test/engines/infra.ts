/** What an infra container has to be, whatever runs it. */
import { readFile, readlink } from "node:fs/promises";
import * as assert from "uvu/assert";
import { TARGETS } from "../../build/compile/targets.ts";
import type { Metadata } from "../../build/make/metadata.ts";
import { sha256 } from "../../build/oci/digest.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import { childrenOf } from "../program/processes.ts";
import { programBytes } from "../program/programs.ts";
import { until } from "../program/sleeper.ts";
import { putImage } from "../store/put.ts";
import { isNative } from "../support/emulator.ts";
import { withPushed } from "../support/pushed.ts";
import { imageOf } from "../support/loadable-image.ts";

/** Where the images of a test are. */
export interface Images {
  /** Ours, as `./make all-push` has just published it. */
  readonly pause: string;
  /** What `./make` said of {@link pause}. */
  readonly pushed: Metadata;
  /** An application that sleeps, and has `/orphan`. */
  readonly app: string;
}

/** Gives `use` a registry with our image and an application's. */
export async function withImages(use: (images: Images) => Promise<void>): Promise<void> {
  const target = TARGETS.find(isNative);
  assert.ok(target, "pause is not built for this machine");
  const app = await programBytes(target, "pause");
  const orphan = await programBytes(target, "orphan");
  await withPushed(async (pause, pushed) => {
    const [host = ""] = pause.split("/");
    const store = registryStore({ host, repository: "app" });
    await putImage(store, await imageOf(target.arch, { app, orphan }), ["1"]);
    await use({ pause, pushed, app: `${host}/app:1` });
  }, [`ARCH=${target.arch}`]);
}

/** It is our program, and the first process of a PID namespace of its own. */
export async function isInfra(pid: number, { programs }: Metadata): Promise<void> {
  // What a runtime started is the runtime itself for a moment more.
  await until(
    "the infra container's program is ours",
    async () => sha256(await readFile(`/proc/${pid}/exe`)) === programs[0]?.digest,
  );
  assert.match(await readFile(`/proc/${pid}/status`, "utf8"), /^NSpid:\t\d+\t1$/m);
}

/**
 * A container of the pod leaves a thousand orphans, and none of them is left.
 *
 * @param pid of the infra container's process
 * @param app the number of the first process of the container
 * @param exec runs a command in the container
 */
export async function reapsOrphans(
  pid: number,
  app: number,
  exec: (...command: string[]) => Promise<void>,
): Promise<void> {
  assert.is(await readlink(`/proc/${app}/ns/pid`), await readlink(`/proc/${pid}/ns/pid`));
  await exec("/orphan", "1000", "100");
  await until("the orphans are reaped", () => childrenOf(pid).length === 0);
}
