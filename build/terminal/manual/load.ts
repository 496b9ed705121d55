import type { Manual } from "./manual.ts";
import { ARRIVING, CARRYING_EXITS, MOVING, REFERRERS } from "./shared.ts";

/** The options of `load`. */
export type LoadOptions =
  & typeof REFERRERS
  & typeof ARRIVING
  & typeof MOVING;

export const LOAD: Manual<LoadOptions> = {
  name: "load",
  usage: "FILE REGISTRY [NAME…] [option…]",
  about: [
    "Pushes the images of an archive to a registry, under the paths and tags that they had at their own and with the same digests: registry.k8s.io/pause:3.10 becomes REGISTRY/pause:3.10. FILE.sha256 is checked first, when it is there. With NAMEs, only these: each is the name that an image had, or what that ends with, with a tag or without.",
  ],
  operands: "files",
  options: {
    ...REFERRERS,
    ...ARRIVING,
    ...MOVING,
  },
  examples: [
    "airgap.tar 10.0.0.5:5000",
    "airgap.tar 10.0.0.5:5000/mirror registry.k8s.io/pause coredns:v1.11.3",
  ],
  exits: CARRYING_EXITS,
  more: "docs/mirror.md says more.",
};
