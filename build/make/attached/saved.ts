import { everySettled } from "../../host/settle.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { folderFiles } from "../../store/layout/files.ts";
import { layoutReader } from "../../store/layout/reader.ts";
import type { Output } from "../engines/output.ts";
import type { Settings } from "../settings.ts";
import type { Attached, Workshop } from "../workshop.ts";

/**
 * Engines and `docker load` know images alone, and `podman load` takes no archive of more than one
 * entry: into an archive they go only when somebody asks for them.
 */
export function takesReferrers(
  { form }: Output,
  { asksToAttach }: Pick<Settings, "asksToAttach">,
): boolean {
  return form === "oci" || (form === "oci-archive" && asksToAttach);
}

/** What decides about the attachments besides the images: whoever has the same has them already. */
export async function attachedKey(
  { settings, inputs, toolchain }: Workshop,
): Promise<unknown> {
  if (settings.attach.length === 0) return null;
  const { tools } = await toolchain();
  const told = await everySettled(
    settings.targets.flatMap((target) => settings.systems.map((system) => tools(target, system))),
  );
  return { kinds: settings.attach, inputs: inputs(), tools: told };
}

/** Every manifest and blob of them, each once. */
export function piecesOfAttached(attached: readonly Attached[]): readonly Descriptor[] {
  const all = attached.flatMap(({ manifest, blobs }) => [manifest, ...blobs]);
  return [...new Map(all.map((piece) => [piece.digest, piece])).values()];
}

/** Whether the layout says that they are there. */
export async function isListed(folder: string, attached: readonly Attached[]): Promise<boolean> {
  if (attached.length === 0) return true;
  const reader = layoutReader(`oci:${folder}`, folderFiles(folder));
  const { list } = await reader.entries();
  const listed = new Set(list.map(({ descriptor }) => descriptor.digest));
  return attached.every(({ manifest }) => listed.has(manifest.digest));
}
