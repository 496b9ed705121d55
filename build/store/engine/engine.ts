import type { Store } from "../store.ts";

/** The engines that images are loaded into, as OUTPUT names them. */
export const ENGINE_FORMS = ["docker", "podman", "containers-storage", "containerd"] as const;

export type EngineForm = typeof ENGINE_FORMS[number];

/** Where containerd is, and in which of its namespaces images go. */
export interface Containerd {
  /** The path of its socket. */
  readonly address: string;
  readonly namespace: string;
}

/** An archive of images that is to be loaded. */
export interface Loading {
  /** Its path. */
  readonly file: string;
  /** What the engine is to call the images in it, tags included. */
  readonly names: readonly string[];
}

/** What an engine does for us, by commands of its client. */
export interface Engine {
  readonly form: EngineForm;
  /** What goes before a name where other stores are named too: skopeo's transport, where it has one. */
  readonly transport: string;
  /** What it loads: archives of single images, or layouts in a tar. */
  readonly archive: "oci" | "docker";
  /** What it calls a repository: `pause` or `10.0.0.5:5000/k8s/pause`. */
  readonly repository: (repository: string) => string;
  /**
   * Sees that it is there and may be used. Nothing is changed.
   * @throws PauseError `toolchain`
   */
  readonly require: (signal?: AbortSignal) => Promise<void>;
  /** Whether one name may stand for the images of several platforms. */
  readonly takesIndex: (signal?: AbortSignal) => Promise<boolean>;
  /** @throws PauseError `toolchain` when it refuses */
  readonly load: (loading: Loading, signal?: AbortSignal) => Promise<void>;
  /** What it has under a name, in words of its own; undefined: nothing, or nothing as we leave it. */
  readonly identify: (name: string, signal?: AbortSignal) => Promise<string | undefined>;
}

/** A store whose images an engine is given at {@link Store.commit}. */
export interface EngineStore extends Store {
  /** What the engine calls the image of a tag. */
  readonly nameOf: (tag: string) => string;
}
