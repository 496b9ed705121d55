import type { Budget } from "./figure.ts";

/** The bytes that a Linux program may have, by architecture; `other` is for those not named. */
export const SIZE: { readonly other: Budget; readonly [arch: string]: Budget } = {
  amd64: { at: "most", value: 512 },
  other: { at: "most", value: 1024 },
};

/** `all` from clean ÷ the compiler commands alone. */
export const COMPILE: Budget = { at: "most", value: 1.3 };

/** A second `all`, in milliseconds. */
export const NOOP: Budget = { at: "most", value: 250 };

/** buildah's time ÷ ours, for the images of five architectures and their index. */
export const IMAGE: Budget = { at: "least", value: 5 };

/** buildah's time ÷ ours, for a push to an empty repository. */
export const PUSH: Budget = { at: "least", value: 3 };

/** The round trips that wait for one another. */
export const TRIPS: Readonly<Record<"push" | "again" | "pull", Budget>> = {
  push: { at: "most", value: 6 },
  again: { at: "most", value: 2 },
  pull: { at: "most", value: 4 },
};

/** skopeo's time ÷ ours, for a large blob from registry to registry. */
export const TRANSFER: Budget = { at: "least", value: 1 };

/** The most memory that such a transfer takes over an idle process, in MiB. */
export const TRANSFER_MEMORY: Budget = { at: "most", value: 128 };

/** skopeo's time ÷ ours, for many small images that are mirrored, and looked at again. */
export const MIRROR: Budget = { at: "least", value: 5 };

/** The requests that a registry gets for each tag that is up to date. */
export const REQUESTS: Budget = { at: "most", value: 1 };
