import { type Command, commandLine, run } from "../../build/host/process.ts";
import type { Metadata } from "../../build/make/metadata.ts";
import { withDockerRegistry } from "./docker-registry.ts";
import { withFolder } from "./folder.ts";

/** The tag under which {@link withPushed} publishes. */
export const TAG = "3.10.2";

/** The output of a command that has to succeed. */
export async function output(...command: Command): Promise<string> {
  const { exitCode, stdout, stderr } = await run(command);
  if (exitCode === 0) return stdout;
  throw new Error(`${commandLine(command)} exited with ${exitCode}: ${stderr}`);
}

/**
 * Runs `use` in a folder where `./make all-push` has just been, and a registry that has the image.
 *
 * @param use gets the image's reference, `127.0.0.1:PORT/k8s/pause:TAG`
 * @param assignments of variables beyond `REGISTRY` and `TAG`
 */
export async function withPushed(
  use: (reference: string, pushed: Metadata) => Promise<void>,
  assignments: readonly string[] = [],
): Promise<void> {
  await withFolder((folder) =>
    withDockerRegistry(async ({ host }) => {
      const words = ["all-push", `REGISTRY=${host}/k8s`, `TAG=${TAG}`, ...assignments, "--json"];
      const pushed = JSON.parse(await output("./make", "-C", folder, ...words)) as Metadata;
      await use(`${host}/k8s/pause:${TAG}`, pushed);
    })
  );
}
