import type { FlagPlace } from "./flags.ts";
import type { Image } from "./image.ts";
import type { Path, Value } from "./value.ts";

/** A key of a TOML file. */
export interface TomlKey {
  readonly format: "TOML";
  readonly path: (image: Image) => readonly string[];
  /** The `version` that the file has to have for the key to count. Undefined: any, and none. */
  readonly version?: number;
  readonly value: (image: Image) => Value;
  /** A value that is there stays. */
  readonly keep?: true;
}

/** A key of a YAML file. */
export interface YamlKey {
  readonly format: "YAML";
  /** The kind of the object that it is in. Undefined: of none. */
  readonly kind?: string;
  readonly path: Path;
  readonly value: (image: Image) => string;
  /** The value is a TOML text of its own, in which this is set. */
  readonly within?: TomlKey;
}

/** A flag of a command line. */
export interface FlagKey extends FlagPlace {
  readonly format: "flags";
  readonly value: (image: Image) => string;
}

export type Key = TomlKey | YamlKey | FlagKey;

/** What takes a sandbox image, and how it is told so. */
export interface Runtime {
  /** The word for it on the command line. */
  readonly name: string;
  readonly title: string;
  /** Where what `config` prints goes, when there is nothing yet. */
  readonly dropIn: string;
  /** Files that may say it already, on a node. `*` stands for any one name. */
  readonly files: readonly string[];
  /** What is set, for an image or for any. Of keys with versions those count that the file's has. */
  readonly keys: (image?: Image) => readonly Key[];
  /** What a new file has before that. */
  readonly base: string;
  /** The key in words. */
  readonly key: string;
  /** Whether it takes a digest. */
  readonly takesDigest: boolean;
  /** What has to be done for it to count. */
  readonly restart: string;
  /** What there is to know beyond that. */
  readonly notes: readonly string[];
  /** Where that is said. */
  readonly source: string;
}
