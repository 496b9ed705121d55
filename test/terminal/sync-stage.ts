import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { registryStore } from "../../build/store/registry/registry.ts";
import type { Store } from "../../build/store/store.ts";
import { runSync } from "../../build/terminal/sync.ts";
import { anonymous, IMPATIENT } from "../store/registry/open.ts";
import { withFolder } from "../support/folder.ts";
import { type TestRegistry, withRegistry } from "../support/registry.ts";
import { screenOn } from "./desk.ts";

/** Two registries, a folder for the file, and the command. */
export interface Stage {
  readonly from: TestRegistry;
  readonly to: TestRegistry;
  readonly source: (repository: string) => Store;
  readonly destination: (repository: string) => Store;
  /** Runs `sync` on a file with these sources; `{from}` and `{to}` stand for the hosts. */
  readonly sync: (sources: string, words?: readonly string[], rest?: string) => Promise<Ended>;
}

/** What came of it: hosts are FROM and TO, digests DIGEST. */
export interface Ended {
  readonly code: number;
  readonly lines: readonly string[];
  readonly errors: readonly string[];
}

/** @param surroundings what is on the standard input, and in the environment */
export async function withStage(
  use: (stage: Stage) => Promise<void>,
  surroundings: { readonly input?: string; readonly environment?: Record<string, string> } = {},
): Promise<void> {
  await withFolder((folder) =>
    withRegistry({}, (from) =>
      withRegistry({}, async (to) => {
        const open = ({ host }: TestRegistry) => (repository: string): Store =>
          registryStore({ host, repository }, { credentials: anonymous, retry: IMPATIENT });
        await mkdir(join(folder, "home"));
        await use({
          from,
          to,
          source: open(from),
          destination: open(to),
          sync: async (sources, words = [], rest = "") => {
            const path = join(folder, "pause-mirror.yaml");
            const text = `version: 1
sources:
${sources}
destinations:
  - to: "{to}/mirror/{path}"
${rest}`;
            const filled = text.replaceAll("{from}", from.host).replaceAll("{to}", to.host);
            await writeFile(path, filled);
            const [lines, errors]: [string[], string[]] = [[], []];
            const code = await runSync([path, ...words], new AbortController().signal, {
              out: screenOn(lines),
              err: screenOn(errors),
              environment: { HOME: join(folder, "home"), ...surroundings.environment },
              readInput: () =>
                Promise.resolve(
                  new TextEncoder().encode(surroundings.input?.replaceAll("{from}", from.host)),
                ),
              registry: { retry: IMPATIENT },
            });
            const names = (line: string): string =>
              line.replaceAll(from.host, "FROM").replaceAll(to.host, "TO")
                .replaceAll(/sha256:[0-9a-f]{64}/g, "DIGEST");
            return { code, lines: lines.map(names), errors: errors.map(names) };
          },
        });
      }))
  );
}
