import { readSyncFile, type SyncFile } from "../../../build/mirror/sync/file.ts";
import { failsWith } from "../../support/fails.ts";

export const read = (text: string): SyncFile =>
  readSyncFile(new TextEncoder().encode(text), "sync.yaml");

/** The lines of the error for a file. */
export async function faultsOf(text: string): Promise<string> {
  return (await failsWith(["usage"], () => read(text))).message;
}

export const SMALL = `version: 1
sources:
  - image: registry.k8s.io/pause:3.10
destinations:
  - to: 10.0.0.5:5000/{path}
`;

/** SMALL with other lines for its sources. */
export const withSources = (...lines: string[]): string =>
  ["version: 1", "sources:", ...lines, "destinations:", "  - to: 10.0.0.5:5000/{path}", ""]
    .join("\n");

export const withTags = (tags: string): string =>
  withSources("  - image: registry.k8s.io/pause", `    tags: ${tags}`);
