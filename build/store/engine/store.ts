import { join } from "node:path";
import { openTemporaryFolder } from "../../host/temporary-folder.ts";
import { archiveStore } from "../archive/archive.ts";
import type { Engine, EngineStore } from "./engine.ts";

/** What an engine is to be given. */
export interface EngineStoreOptions {
  /** What the images are called, without a tag: `pause`, `10.0.0.5:5000/k8s/pause`. */
  readonly repository: string;
  /** Whether there is an index among what is put. */
  readonly hasIndex: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Opens an engine as a store that is written to: an archive in a temporary folder, which the engine
 * loads at the commit. Until then the engine has what it had.
 *
 * @throws PauseError `storage` when there is no room; from `commit()` also `toolchain`, when the
 * engine refuses the images
 */
export async function openEngineStore(
  engine: Engine,
  { repository, hasIndex, signal }: EngineStoreOptions,
): Promise<EngineStore> {
  const folder = await openTemporaryFolder("pause-image-load");
  const file = join(folder.path, "images.tar");
  const named = engine.repository(repository);
  const nameOf = (tag: string): string => `${named}:${tag}`;
  const archive = archiveStore(file, {
    form: hasIndex ? "oci" : engine.archive,
    repository: named,
  });
  const tagged = new Set<string>();
  return {
    ...archive,
    name: engine.form,
    nameOf,
    async putManifest(manifest, tags) {
      await archive.putManifest(manifest, tags);
      for (const tag of tags) tagged.add(tag);
    },
    async commit() {
      await archive.commit();
      await engine.load({ file, names: [...tagged].map(nameOf) }, signal);
    },
    async abandon() {
      await archive.abandon();
      await folder.remove();
    },
  };
}
