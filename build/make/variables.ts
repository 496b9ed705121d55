import { BUILDER_NAMES } from "../image/engine/builders.ts";
import { ATTACHMENT_KINDS, NO_ATTACHMENT } from "./attached/settings.ts";
import { WINDOWS_VERSIONS } from "../image/windows-versions.ts";

/** The names of the variables. */
export type VariableName =
  | "REGISTRY"
  | "TAG"
  | "ARCH"
  | "ALL_ARCH"
  | "OS"
  | "ALL_OS"
  | "ALL_ARCH_WINDOWS"
  | "OSVERSION"
  | "ALL_OSVERSIONS"
  | "OUTPUT"
  | "FORMAT"
  | "ENGINE"
  | "ATTACH"
  | "TOOLCHAIN"
  | "TOOLCHAIN_IMAGE"
  | "CFLAGS"
  | "VERSION"
  | "REV"
  | "BASE"
  | "ARCH_TAGS"
  | "NO_CLOBBER"
  | "METADATA_FILE"
  | "SOURCE_DATE_EPOCH"
  | "INSECURE"
  | "CERT_DIR"
  | "CONTAINERD_ADDRESS"
  | "CONTAINERD_NAMESPACE";

/** One variable of the build, as upstream's Makefile has them: `NAME=value`, or `--name value`. */
export interface Variable {
  /** As it is written before the `=`. */
  readonly name: VariableName;
  /** What it is for, one line for `help`. */
  readonly summary: string;
  /** Its value when nobody sets it. Empty where the default depends on other things, said in the summary. */
  readonly fallback: string;
  /** The values that it can take, when they are few. */
  readonly choices?: readonly string[];
  /** It may have several of them, with spaces or commas between. */
  readonly many?: true;
  /**
   * Only the command line sets it, as with `=` in a Makefile. The environments of packagers hold
   * CFLAGS for other programs, which would change the bytes of this one.
   */
  readonly commandLineOnly?: true;
}

/** In the order in which `help` lists them. */
export const VARIABLES: readonly Variable[] = [
  {
    name: "REGISTRY",
    summary: "where to push, host/namespace; the image is REGISTRY/pause",
    fallback: "",
  },
  { name: "TAG", summary: "the image's tag", fallback: "3.10.2" },
  { name: "ARCH", summary: "the architectures to build; ALL_ARCH", fallback: "" },
  {
    name: "ALL_ARCH",
    summary: "the architectures there are to pick from; every one that is known",
    fallback: "",
  },
  {
    name: "OS",
    summary: "the operating systems to build for; ALL_OS, else",
    fallback: "linux",
    choices: ["linux", "windows"],
    many: true,
  },
  {
    name: "ALL_OS",
    summary: "the operating systems that the list is to have, and no other any more",
    fallback: "",
    choices: ["linux", "windows"],
    many: true,
  },
  {
    name: "ALL_ARCH_WINDOWS",
    summary: "the architectures with images for Windows, of those in ARCH",
    fallback: "amd64",
  },
  {
    name: "OSVERSION",
    summary: "the versions of Windows to build for; ALL_OSVERSIONS",
    fallback: "",
  },
  {
    name: "ALL_OSVERSIONS",
    summary: "the versions of Windows there are to pick from",
    fallback: WINDOWS_VERSIONS.map(({ name }) => name).join(" "),
    choices: WINDOWS_VERSIONS.map(({ name }) => name),
    many: true,
  },
  {
    name: "OUTPUT",
    summary:
      "oci:DIR[:TAG], DIR, oci-archive:FILE, docker-archive:FILE, registry, or an engine: docker, podman, containers-storage, containerd",
    fallback: "oci:out",
  },
  {
    name: "FORMAT",
    summary: "the media types; Docker's have no annotations",
    fallback: "oci",
    choices: ["oci", "docker"],
  },
  {
    name: "ENGINE",
    summary: "what builds the images of their Dockerfiles",
    fallback: "embedded",
    choices: ["embedded", ...BUILDER_NAMES],
  },
  {
    name: "ATTACH",
    summary:
      "what is attached to images in layouts and registries, and in OCI archives when it is set; none: nothing",
    fallback: ATTACHMENT_KINDS.join(" "),
    choices: [...ATTACHMENT_KINDS, NO_ATTACHMENT],
    many: true,
  },
  {
    name: "TOOLCHAIN",
    summary: "what compiles",
    fallback: "clang",
    choices: ["clang", "gcc", "zig", "docker"],
  },
  {
    name: "TOOLCHAIN_IMAGE",
    summary: "the container image that TOOLCHAIN=docker compiles in",
    fallback: "",
  },
  {
    name: "CFLAGS",
    summary: "compiler flags, after ours",
    fallback: "",
    commandLineOnly: true,
  },
  { name: "VERSION", summary: "what `pause -v` prints; v$TAG", fallback: "" },
  { name: "REV", summary: "the source revision in the annotations; the commit", fallback: "" },
  {
    name: "BASE",
    summary: "the image that FROM names; scratch, and for Windows upstream's, as it is locked",
    fallback: "",
  },
  {
    name: "ARCH_TAGS",
    summary: "push TAG-linux-ARCH tags as well",
    fallback: "all",
    choices: ["all", "none"],
  },
  {
    name: "NO_CLOBBER",
    summary: "1: push no tag that names something else already",
    fallback: "0",
    choices: ["0", "1"],
  },
  { name: "METADATA_FILE", summary: "write sizes and digests there, as JSON", fallback: "" },
  {
    name: "SOURCE_DATE_EPOCH",
    summary: "the image's time, in seconds since 1970; the commit's, else 0",
    fallback: "",
  },
  {
    name: "INSECURE",
    summary: "1: plain http for a registry that is not on this machine",
    fallback: "0",
    choices: ["0", "1"],
  },
  {
    name: "CERT_DIR",
    summary: "certificates for registries, like certs.d or skopeo's --cert-dir",
    fallback: "",
  },
  {
    name: "CONTAINERD_ADDRESS",
    summary: "the socket of the containerd that OUTPUT=containerd imports into",
    fallback: "/run/containerd/containerd.sock",
  },
  {
    name: "CONTAINERD_NAMESPACE",
    summary: "its namespace for the images; the kubelet's is",
    fallback: "k8s.io",
  },
];

/** Other names that people type, of upstream's Makefile, and the variable that each means. */
export const ALIASES: Readonly<Record<string, VariableName>> = {
  "ALL_ARCH.linux": "ALL_ARCH",
  OUTPUT_TYPE: "OUTPUT",
  "ALL_ARCH.windows": "ALL_ARCH_WINDOWS",
  "ALL_OSVERSIONS.windows": "ALL_OSVERSIONS",
  "BASE.windows": "BASE",
};
