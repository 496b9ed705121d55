import type { Manual } from "./manual.ts";
import { CARRYING_EXITS, FOREIGN, MOVING, PLATFORM, REFERRERS, REWRITE_FIRST } from "./shared.ts";

const FORMAT = {
  format: {
    value: "NAME",
    choices: ["oci", "docker"],
    fallback: "oci",
    summary: 'docker takes one platform of each image, for "docker load"',
  },
} as const;

/** The options of `save`. */
export type SaveOptions =
  & typeof FORMAT
  & typeof PLATFORM
  & typeof REWRITE_FIRST
  & typeof REFERRERS
  & typeof FOREIGN
  & typeof MOVING;

export const SAVE: Manual<SaveOptions> = {
  name: "save",
  usage: "IMAGE… FILE [option…]",
  about: [
    'Saves images of registries to one archive, every platform and all that hangs on them, and writes FILE.sha256 beside it. "pause-image load", "ctr image import", podman and skopeo read it. A run that was stopped goes on when it is run again: what it has is in FILE.part.',
  ],
  operands: "files",
  options: {
    ...FORMAT,
    ...PLATFORM,
    ...REWRITE_FIRST,
    ...REFERRERS,
    ...FOREIGN,
    ...MOVING,
  },
  examples: [
    "registry.k8s.io/pause:3.10 registry.k8s.io/coredns/coredns:v1.11.3 airgap.tar",
    "registry.k8s.io/pause:3.10 pause.tar --format docker --platform linux/arm64",
  ],
  exits: CARRYING_EXITS,
  more: "docs/mirror.md says more.",
};
