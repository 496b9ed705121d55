import type { Manual } from "./manual.ts";
import {
  ARRIVING,
  CARRYING_EXITS,
  FOREIGN,
  MOVING,
  PLACES,
  PLATFORM,
  REFERRERS,
  SPARSE_FIRST,
} from "./shared.ts";

const TAGS = {
  tag: {
    value: "LIST",
    multiple: true,
    summary: "these tags, or patterns such as '3.1?' and '*-linux-{amd64,arm64}'",
  },
  semver: { value: "RANGE", multiple: true, summary: "versions, such as '>=3.9 <4'" },
  "all-tags": { summary: "all of them" },
  newest: { value: "N", summary: "of what these choose, or of all, the N highest versions" },
  exclude: { value: "LIST", multiple: true, summary: "none of these" },
  prereleases: { summary: "pre-releases too" },
} as const;

/** The options of `mirror`. */
export type MirrorOptions =
  & typeof TAGS
  & typeof PLATFORM
  & typeof SPARSE_FIRST
  & typeof REFERRERS
  & typeof FOREIGN
  & typeof ARRIVING
  & typeof MOVING;

export const MIRROR: Manual<MirrorOptions> = {
  name: "mirror",
  usage: "SRC DST… [option…]",
  about: [
    "Copies an image, every platform and all that hangs on it, under the same digest. What is there already is not sent, and a run that was stopped is gone on with by running it again. A destination without a tag gets the source's. SRC and DST are one of these:",
    PLACES,
  ],
  operands: "places",
  groups: [{ title: "Tags (SRC and DST then name repositories)", options: TAGS }],
  options: {
    ...TAGS,
    ...PLATFORM,
    ...SPARSE_FIRST,
    ...REFERRERS,
    ...FOREIGN,
    ...ARRIVING,
    ...MOVING,
  },
  examples: [
    "registry.k8s.io/pause:3.10 10.0.0.5:5000/k8s/pause",
    "registry.k8s.io/pause --semver '>=3.9' a.example/pause b.example/pause",
    "registry.k8s.io/pause:3.10 ./out --platform linux/amd64 --rewrite",
  ],
  exits: CARRYING_EXITS,
  more: "docs/mirror.md says more.",
};
