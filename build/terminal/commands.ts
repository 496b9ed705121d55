import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { PauseError } from "../error.ts";
import { run } from "../host/process.ts";
import type { Manual } from "./manual/manual.ts";

/** A command that takes words of its own, and is no goal of the build. */
export interface Command {
  readonly name: string;
  /** One line for `help`. */
  readonly summary: string;
  /** What there is to say of it; loaded when somebody asks. The programs of a clone have none. */
  readonly manual?: () => Promise<Manual>;
  /** @returns the exit code */
  readonly run: (words: readonly string[], signal: AbortSignal) => Promise<number>;
}

export const COMMANDS: readonly Command[] = [
  {
    name: "verify",
    summary: "check a pause image or program, whoever made it",
    manual: async () => (await import("./manual/verify.ts")).VERIFY,
    run: async (words, signal) => await (await import("./verify.ts")).runVerify(words, signal),
  },
  {
    name: "verify-signature",
    summary: "tell who signed an image, or that it cannot be told",
    manual: async () => (await import("./manual/verify-signature.ts")).VERIFY_SIGNATURE,
    run: async (words, signal) =>
      await (await import("./verify-signature.ts")).runVerifySignature(words, signal),
  },
  {
    name: "sign",
    summary: "sign an image, and each image of an index",
    manual: async () => (await import("./manual/sign.ts")).SIGN,
    run: async (words, signal) => await (await import("./sign.ts")).runSign(words, signal),
  },
  {
    name: "attest",
    summary: "sign what is said of an image: its SBOMs, its provenance, or a file",
    manual: async () => (await import("./manual/attest.ts")).ATTEST,
    run: async (words, signal) => await (await import("./attest.ts")).runAttest(words, signal),
  },
  {
    name: "reproduce",
    summary: "build an image once more, and compare every byte",
    manual: async () => (await import("./manual/reproduce.ts")).REPRODUCE,
    run: async (words, signal) =>
      await (await import("./reproduce.ts")).runReproduce(words, signal),
  },
  {
    name: "mirror",
    summary: "copy an image to other registries, whole and unchanged",
    manual: async () => (await import("./manual/mirror.ts")).MIRROR,
    run: async (words, signal) => await (await import("./mirror.ts")).runMirror(words, signal),
  },
  {
    name: "save",
    summary: "save images to one archive, to carry them anywhere",
    manual: async () => (await import("./manual/save.ts")).SAVE,
    run: async (words, signal) => await (await import("./save.ts")).runSave(words, signal),
  },
  {
    name: "load",
    summary: "push the images of an archive to a registry",
    manual: async () => (await import("./manual/load.ts")).LOAD,
    run: async (words, signal) => await (await import("./load.ts")).runLoad(words, signal),
  },
  {
    name: "sync",
    summary: "mirror all the images that a file names",
    manual: async () => (await import("./manual/sync.ts")).SYNC,
    run: async (words, signal) => await (await import("./sync.ts")).runSync(words, signal),
  },
  {
    name: "config",
    summary: "print or write what a runtime needs to use a pause image",
    manual: async () => (await import("./manual/config.ts")).CONFIG,
    run: async (words, signal) => await (await import("./config.ts")).runConfig(words, signal),
  },
  {
    name: "doctor",
    summary: "tell what is wrong with a node's pause image, from its files",
    manual: async () => (await import("./manual/doctor.ts")).DOCTOR,
    run: async (words, signal) => await (await import("./doctor.ts")).runDoctor(words, signal),
  },
  {
    name: "pod",
    summary: "run a Kubernetes Pod with docker or podman, without Kubernetes",
    manual: async () => (await import("./manual/pod.ts")).POD,
    run: async (words, signal) => await (await import("./pod.ts")).runPod(words, signal),
  },
  {
    name: "completion",
    summary: "print the script by which a shell completes these words",
    manual: async () => (await import("./manual/completion.ts")).COMPLETION,
    run: async (words) => await (await import("./completion.ts")).runCompletion(words, COMMANDS),
  },
  {
    name: "test",
    summary: "in a clone: run the tests",
    run: (words, signal) => runScript("test/run.ts", words, signal),
  },
  {
    name: "bench",
    summary: "in a clone: measure, with peers beside us",
    run: (words, signal) => runScript("bench/run.ts", words, signal),
  },
];

/** Tests and benches are programs of the clone, not of the package. They run on the runtime that runs us. */
async function runScript(
  script: string,
  words: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const directory = process.cwd();
  if (!existsSync(join(directory, script))) {
    throw new PauseError(
      "usage",
      `Cannot run ${script}: ${directory} has none. Run the command in a clone of the repository.`,
    );
  }
  if (process.versions.deno === undefined) {
    throw new PauseError(
      "usage",
      `Cannot run ${script}: it needs Deno, which this system or this installation does without.`,
    );
  }
  const command = [process.execPath, "run", "--allow-all", "--cached-only", script] as const;
  const ended = await run([...command, ...words], { output: "inherit", signal });
  return ended.exitCode;
}
