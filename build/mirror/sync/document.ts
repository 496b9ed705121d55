import type { TagRules } from "../tags.ts";

/** A sync file as `schema.json` lets it pass. */
export interface CheckedFile {
  readonly version: 1;
  readonly keepGoing?: boolean;
  readonly defaults?: FileOptions;
  readonly sources: readonly FileSource[];
  readonly destinations: readonly { readonly to: string }[];
  readonly registries?: Readonly<Record<string, RegistryEntry>>;
}

/** What a source may say, and `defaults` for all of them. */
export interface FileOptions {
  readonly platforms?: readonly string[];
  readonly index?: "sparse" | "rewritten";
  readonly referrers?: boolean;
  readonly refresh?: boolean;
  readonly foreignLayers?: "keep" | "include";
}

export type FileSource =
  & FileOptions
  & (
    | {
      readonly image: string;
      readonly tags?: readonly string[] | TagRules;
      readonly as?: string;
    }
    | {
      readonly preset: "pause";
      readonly kubernetes: readonly string[];
      readonly registry?: string;
      readonly as?: string;
    }
    | { readonly list: string }
  );

/** How a registry is spoken to. */
export interface RegistryEntry {
  /** > 0 */
  readonly requestsPerSecond?: number;
  /** How many requests are under way at once, 1 to 1000. */
  readonly concurrency?: number;
  readonly plainHttp?: boolean;
  readonly credentials?: CredentialEntry;
}

/** Where a login is: never the login itself. */
export type CredentialEntry =
  | { readonly environment: { readonly username: string; readonly password: string } }
  | { readonly files: { readonly username: string; readonly password: string } }
  | { readonly authFile: string };
