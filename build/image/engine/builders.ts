import type { Command } from "../../host/process.ts";

/** The builders besides our own, as ENGINE names them. */
export const BUILDER_NAMES = ["docker", "buildx", "podman", "buildah"] as const;

export type BuilderName = typeof BUILDER_NAMES[number];

/** One image that is to be built. */
export interface Commission {
  /** The folder that ADD and COPY take from. */
  readonly context: string;
  /** The path of the Dockerfile. */
  readonly dockerfile: string;
  /** `linux/arm/v7` */
  readonly platform: string;
  /** Seconds since 1970. */
  readonly epoch: number;
  /** What the image is called while it is there. Nobody else calls one so. */
  readonly name: string;
  /** Where to write it, as `docker save` does. */
  readonly archive: string;
}

/** The commands of a builder. */
export interface BuilderCommands {
  /** They fail where it cannot build. What the first one says is its version, and counts for what is fresh. */
  readonly identify: readonly [Command, ...Command[]];
  /** In their order. The last one has written the archive. */
  readonly build: (commission: Commission) => readonly Command[];
  /** Leaves nothing of it in the builder's own storage. Run also after a failure. */
  readonly forget?: (name: string) => Command;
}

const from = ({ context, dockerfile, platform }: Commission): readonly string[] => [
  `--platform=${platform}`,
  `--file=${dockerfile}`,
  context,
];

/**
 * All of them are asked for Docker's format, which keeps what OCI's has no field for (HEALTHCHECK,
 * SHELL). The time goes by SOURCE_DATE_EPOCH where there is no word for it.
 */
export const BUILDERS: Readonly<Record<BuilderName, BuilderCommands>> = {
  docker: {
    identify: [["docker", "version", `--format=${dockerVersion()}`]],
    build: (commission) => [
      ["docker", "build", "--quiet", `--tag=${commission.name}`, ...from(commission)],
      ["docker", "save", `--output=${commission.archive}`, commission.name],
    ],
    forget: (name) => ["docker", "image", "rm", name],
  },
  buildx: {
    identify: [["docker", "buildx", "version"], ["docker", "buildx", "inspect"]],
    build: (commission) => [[
      "docker",
      "buildx",
      "build",
      "--quiet",
      // They would make an index of one image.
      "--provenance=false",
      "--sbom=false",
      `--output=type=docker,dest=${commission.archive}`,
      ...from(commission),
    ]],
  },
  podman: {
    identify: [["podman", "--version"], ["podman", "info", "--format={{.Store.GraphDriverName}}"]],
    build: (commission) => [
      [
        "podman",
        "build",
        "--quiet",
        // Else each line of the Dockerfile leaves an image behind.
        "--layers=false",
        "--format=docker",
        `--timestamp=${commission.epoch}`,
        `--tag=${commission.name}`,
        ...from(commission),
      ],
      [
        "podman",
        "save",
        "--quiet",
        "--format=docker-archive",
        `--output=${commission.archive}`,
        commission.name,
      ],
    ],
    forget: (name) => ["podman", "image", "rm", name],
  },
  buildah: {
    identify: [["buildah", "--version"], ["buildah", "info", "--format={{.store}}"]],
    build: (commission) => [
      [
        "buildah",
        "bud",
        "--quiet",
        "--format=docker",
        `--timestamp=${commission.epoch}`,
        `--tag=${commission.name}`,
        ...from(commission),
      ],
      ["buildah", "push", "--quiet", commission.name, `docker-archive:${commission.archive}`],
    ],
    forget: (name) => ["buildah", "rmi", name],
  },
};

/** Client, server, the server's platform and whether it does what is experimental. */
function dockerVersion(): string {
  return ["Client.Version", "Server.Version", "Server.Os", "Server.Arch", "Server.Experimental"]
    .map((field) => `{{.${field}}}`).join(" ");
}
