/** What a goal has done, in the order in which it is done. What needs the programs compiles them. */
export type Step =
  | "clean"
  | "update base"
  | "update lock"
  | "programs"
  | "orphans"
  | "save images"
  | "save index"
  | "push images"
  | "push index"
  | "push everything";

/** What a user asks for: a target of upstream's Makefile, in its sense. */
export interface Goal {
  /** As upstream's Makefile has it. */
  readonly name: string;
  /** One line for `help`. */
  readonly summary: string;
  /** In the order in which they are done. */
  readonly steps: readonly Step[];
}

/** In the order in which `help` lists them; the first one is made when none is named. */
export const GOALS: readonly Goal[] = [
  {
    name: "all",
    summary: "every image and the index over them, into OUTPUT",
    steps: ["save index"],
  },
  { name: "build", summary: "the programs, bin/pause-$ARCH", steps: ["programs"] },
  {
    name: "container",
    summary: "the images, each under TAG-linux-ARCH, into OUTPUT",
    steps: ["save images"],
  },
  {
    name: "all-container",
    summary: "the same as all",
    steps: ["save index"],
  },
  {
    name: "push",
    summary: "the images to REGISTRY/pause, each under TAG-linux-ARCH",
    steps: ["push images"],
  },
  {
    name: "push-manifest",
    summary: "the index to REGISTRY/pause:TAG",
    steps: ["push index"],
  },
  {
    name: "all-push",
    summary: "all, then the images and the index to REGISTRY/pause",
    steps: ["save index", "push everything"],
  },
  {
    name: "update-base",
    summary: "lock what images for Windows are built on, as it is now",
    steps: ["update base"],
  },
  {
    name: "update-lock",
    summary: "write pause.lock.json: the digests that these sources become, to compare with",
    steps: ["update lock"],
  },
  { name: "orphan", summary: "bin/orphan-$ARCH, which makes orphans to reap", steps: ["orphans"] },
  {
    name: "clean",
    summary: "remove what was made in bin/, and out/ with all of its tags",
    steps: ["clean"],
  },
];
