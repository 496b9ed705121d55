import type { System, Target } from "../compile/target.ts";
import type { Toolchain } from "../compile/toolchain.ts";
import type { CopyEvent } from "../copy/copy.ts";
import type { EngineBuilder } from "../image/engine/engine.ts";
import type { Plan } from "../image/plan.ts";
import type { Content, Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { Platform } from "../oci/platform.ts";
import type { CredentialSource } from "../store/registry/login/credentials.ts";
import type { Store } from "../store/store.ts";
import type { BuildRunner } from "../attest/provenance/runner.ts";
import type { AttachmentKind } from "./attached/settings.ts";
import type { UpdatedBase } from "./windows/base-lock.ts";
import type { Builder } from "./builder.ts";
import type { Digests } from "./digests.ts";
import type { Settings } from "./settings.ts";
import type { Bases } from "./windows/edition-base.ts";
import type { Edition } from "./windows/editions.ts";
import type { Source } from "./source.ts";

/** What happens during a run, for whoever shows it. */
export type MakeEvent =
  | ({ readonly type: "program"; readonly outcome: "compiled" | "fresh" } & Program)
  | ({ readonly type: "saved"; readonly outcome: "written" | "fresh" } & Reference)
  | ({ readonly type: "copy"; readonly where: string } & CopyEvent)
  | ({ readonly type: "base"; readonly file: string } & UpdatedBase)
  | { readonly type: "removed"; readonly path: string };

/** A compiled program. */
export interface Program {
  /** Go's name of the architecture: `arm64`. */
  readonly arch: string;
  /** The system that it runs on. */
  readonly os: System;
  /** `bin/pause-$ARCH`, below the working directory. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Of the file, or of what the name points at. */
  readonly digest: Digest;
}

/** One image of one platform. */
export interface Image {
  /** Go's name of the architecture: `arm64`. */
  readonly arch: string;
  /** What its config says that it runs on. */
  readonly platform: Platform;
  /** What the index lists it as. */
  readonly manifest: Descriptor;
  /** `TAG-linux-ARCH`, `TAG-windows-ARCH-OSVERSION`; undefined for the second and further variants of an architecture. */
  readonly tag?: string;
}

/** The images of all targets and the index over them, and where they are to be had. */
export interface Images {
  readonly store: Store;
  readonly images: readonly Image[];
  readonly index: Descriptor;
  /** Layers of bases, by digest: the reference of the base, whose registry may lend them. */
  readonly lent: Readonly<Record<string, string>>;
  /** What ATTACH names, made when it is first asked for; in the same store as the images. */
  readonly attached: () => Promise<readonly Attached[]>;
}

/** An SBOM or a provenance that hangs on an image. */
export interface Attached {
  /** Which of the words of ATTACH it is. */
  readonly kind: AttachmentKind;
  /** By which it is found there. */
  readonly artifactType: string;
  /** Of the image's manifest, or of the index. */
  readonly subject: Digest;
  /** What hangs there. */
  readonly manifest: Descriptor;
  /** An empty configuration, and the document. */
  readonly blobs: readonly Descriptor[];
}

/** One image as it was built. */
export interface BuiltImage {
  readonly image: Image;
  /** Go's name of the architecture: `arm64`. */
  readonly arch: string;
  /** None of the base's. */
  readonly layers: readonly Content[];
  readonly base?: { readonly name: string; readonly digest: Digest };
}

/** An image that was asked for and is not among those that were built. */
export interface Missing {
  /** `windows/amd64 ltsc2022` */
  readonly name: string;
  /** What was found, and what to do. */
  readonly reason: string;
}

/** Images that were built just now, in memory. */
export interface Graph extends Images {
  /** The images and what was put into each. */
  readonly built: readonly BuiltImage[];
  /** Every manifest and blob. */
  readonly pieces: readonly Descriptor[];
  /** The Dockerfiles, by their paths below the working directory. */
  readonly files: Digests;
  /** What of the working directory went into the images. */
  readonly reads: Digests;
  readonly missing: readonly Missing[];
}

/** What was delivered to a place: images, and the index where there is one. */
export interface Delivered {
  /** In the order of the index. */
  readonly images: readonly Image[];
  /** Missing where only single images were delivered. */
  readonly index?: Descriptor;
  /** What names them there, as other tools read it, and what each name stands for. */
  readonly references: readonly Reference[];
  /** What hangs on them there. */
  readonly attached: readonly Attached[];
}

/** A name, and what it points at now. */
export interface Reference {
  /** `oci:out:3.10.2`, `10.0.0.5:5000/k8s/pause:3.10.2` */
  readonly reference: string;
  /** Of an image's manifest, or of an index. */
  readonly digest: Digest;
}

/** What a run made. */
export interface Made {
  /** TAG: what the index is called. */
  readonly tag: string;
  /** Compiled now, or found as they were. */
  readonly programs: readonly Program[];
  /** What OUTPUT holds. */
  readonly saved: readonly Delivered[];
  /** What the registry holds. */
  readonly pushed: readonly Delivered[];
  /** Paths below the directory. */
  readonly removed: readonly string[];
  /** What became of the lock file of the bases. */
  readonly bases: readonly UpdatedBase[];
  /** The images that are in nothing that was saved, although they were asked for. */
  readonly missing: readonly Missing[];
}

/** The commit that the sources are of. */
export interface Commit {
  /** Its hash, with `-dirty` when what the image is made of differs from it; "" without git. */
  readonly revision: string;
  /** Its time, seconds since 1970; 0 without git. */
  readonly epoch: number;
}

/** The description of all images. */
export interface Template {
  /** Undefined when there is no such file. */
  readonly text?: string;
  readonly digest?: Digest;
}

/** What the images of one target are built by. */
export interface Recipe {
  readonly target: Target;
  /** Of an image for Windows. */
  readonly edition?: Edition;
  /** `bin/Dockerfile-$ARCH`, `bin/Dockerfile-windows-$ARCH-$OSVERSION`, below the working directory. */
  readonly path: string;
  readonly dockerfile: string;
  readonly platforms: readonly Platform[];
  /** One for each platform of the target; none where only another builder understands the Dockerfile. */
  readonly plans: readonly Plan[];
}

/** All that the targets of one run work with. */
export interface Workshop {
  /** Where `bin/` and `out/` are. */
  readonly directory: string;
  readonly settings: Settings;
  readonly source: Source;
  /** How many compilers run at once, ≥ 1. */
  readonly jobs: number;
  readonly signal: AbortSignal;
  /** Where logins are looked up; undefined: the environment and docker's and podman's files. */
  readonly credentials?: CredentialSource;
  /** Hashes all that is in `src/` and `arch/` when it is first called; paths are below the folder. */
  readonly inputs: () => Readonly<Record<"src" | "arch", Digests>>;
  /** Reads the template when it is first called. */
  readonly template: () => Promise<Template>;
  /** What tells this builder from another one, which may make other bytes of the same sources. */
  readonly builder: () => Builder;
  /**
   * Renders the template and understands what came out, when it is first called. What cannot be
   * built is refused before anything of it is written. None when no images are to be made.
   */
  readonly recipes: () => Promise<readonly Recipe[]>;
  /** Finds what images for Windows are built on, when it is first called. */
  readonly bases: () => Promise<Bases>;
  /** Looks for the builder when it is first called; undefined: it is our own. */
  readonly engine: () => Promise<EngineBuilder | undefined>;
  /** Looks for the tools when it is first called. */
  readonly toolchain: () => Promise<Toolchain>;
  /** Starts to compile when it is first called; one for each piece, and so for each target of Linux. */
  readonly programs: () => readonly Promise<Program>[];
  /** Asks git when it is first called. */
  readonly commit: () => Promise<Commit>;
  /** Builds the images, each as its program is done, when it is first called. */
  readonly graph: () => Promise<Graph>;
  /** Who builds, as a provenance says it. */
  readonly runner: BuildRunner;
  readonly emit: (event: MakeEvent) => void;
}
