import type { ImageConfig } from "../oci/manifest.ts";
import type { Place } from "./place.ts";

/** Numeric owner of files, each from 0 to 4294967295. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Files that an instruction takes from the build context into the image. */
export interface CopyChange {
  readonly kind: "copy";
  readonly place: Place;
  /** Relative to the context, inside it, normalised. */
  readonly sources: readonly string[];
  /** Absolute, normalised, without a slash at its end. */
  readonly target: string;
  /** Whether `target` was written as a folder. */
  readonly intoFolder: boolean;
  readonly owner: Owner;
  /** Permission bits; the files' own when undefined. */
  readonly mode?: number;
  /** Whether other builders would unpack an archive here. */
  readonly unpacks: boolean;
}

/** A folder that must be there. */
export interface FolderChange {
  readonly kind: "folder";
  readonly place: Place;
  /** Absolute, normalised. */
  readonly target: string;
  readonly owner: Owner;
}

export type Change = CopyChange | FolderChange;

/** What the base and the instructions so far have said of the image. */
export interface Draft {
  /** Of the image: `windows` has paths, owners and shells of its own. */
  readonly os: string;
  readonly args: Map<string, string>;
  readonly env: Map<string, string>;
  readonly labels: Map<string, string>;
  /** `80/tcp` */
  readonly ports: Set<string>;
  readonly volumes: Set<string>;
  user: string | undefined;
  entrypoint: readonly string[];
  cmd: readonly string[];
  stopSignal: string | undefined;
  /** Absolute, normalised; on a base as that has it, "" when it says nothing. */
  workdir: string;
  /** The keywords that set the command: what the base has of it holds until then. */
  readonly commands: Set<string>;
}

/** A draft that says nothing but the variables given. */
export function emptyDraft(
  os: string,
  args: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
): Draft {
  return {
    os,
    args: new Map(Object.entries(args)),
    env: new Map(Object.entries(env)),
    labels: new Map(),
    ports: new Set(),
    volumes: new Set(),
    user: undefined,
    entrypoint: [],
    cmd: [],
    stopSignal: undefined,
    workdir: "/",
    commands: new Set(),
  };
}

/** A draft that says what the configuration of a base says. */
export function draftOn({ os, config = {} }: ImageConfig): Draft {
  const { Env = [], Labels = {}, ExposedPorts = {}, Volumes = {} } = config;
  return {
    ...emptyDraft(os, {}, {}),
    env: new Map(Env.map(splitVariable)),
    labels: new Map(Object.entries(Labels)),
    ports: new Set(Object.keys(ExposedPorts)),
    volumes: new Set(Object.keys(Volumes)),
    user: config.User,
    entrypoint: config.Entrypoint ?? [],
    cmd: config.Cmd ?? [],
    stopSignal: config.StopSignal,
    workdir: config.WorkingDir ?? "",
  };
}

function splitVariable(text: string): [name: string, value: string] {
  const [, name = text, value = ""] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  return [name, value];
}
