import { TARGETS } from "../../compile/targets.ts";
import { WINDOWS_VERSIONS } from "../../image/windows-versions.ts";
import type { VariableName } from "../../make/variables.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { ENGINE_FORMS } from "../../store/engine/engine.ts";
import { RUNTIMES } from "../../runtimes/table.ts";
import type { Kind } from "../options.ts";

/** The shells that there is a script for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

export type Shell = typeof SHELLS[number];

/** What a shell can offer for a word. */
export interface Offer {
  readonly words?: readonly string[];
  /** Words that go on with a colon and a path: `oci`. */
  readonly schemes?: readonly string[];
  readonly paths?: "files" | "folders";
  /** Whether the names of pods are words too: the program is asked for them. */
  readonly pods?: true;
  /** Whether it may be several of the words, with commas between them. */
  readonly isList?: true;
}

/** The command by which shells ask for the names of pods. Those of their containers are indented. */
export const PODS =
  "pause-image pod ps </dev/null 2>/dev/null | sed -n 's/^\\([a-z0-9][a-z0-9-]*\\)  .*/\\1/p'";

const SCHEMES = ["oci", "oci-archive", "docker-archive"];

const ON_WINDOWS = TARGETS.filter(({ windows }) => windows).map(({ arch }) => arch);

/** What is offered for each kind of word. */
export const OFFERS: Readonly<Record<Kind, Offer>> = {
  architectures: { words: TARGETS.map(({ arch }) => arch), isList: true },
  files: { paths: "files" },
  folders: { paths: "folders" },
  output: { words: ["registry", ...ENGINE_FORMS], schemes: SCHEMES, paths: "files" },
  places: { schemes: SCHEMES, paths: "files" },
  platforms: {
    words: [
      ...TARGETS.flatMap(({ platforms }) => platforms.map(formatPlatform)),
      ...ON_WINDOWS.map((arch) => `windows/${arch}`),
    ],
    isList: true,
  },
  pods: { pods: true },
  runtimes: { words: RUNTIMES.map(({ name }) => name) },
  shells: { words: SHELLS },
  "windows-architectures": { words: ON_WINDOWS, isList: true },
  "windows-versions": { words: WINDOWS_VERSIONS.map(({ name }) => name), isList: true },
};

/** The kinds of the variables' values; those of others are choices, or anything. */
export const VARIABLE_KINDS: Readonly<Partial<Record<VariableName, Kind>>> = {
  ARCH: "architectures",
  ALL_ARCH: "architectures",
  ALL_ARCH_WINDOWS: "windows-architectures",
  OSVERSION: "windows-versions",
  OUTPUT: "output",
  METADATA_FILE: "files",
  CERT_DIR: "folders",
  CONTAINERD_ADDRESS: "files",
};
