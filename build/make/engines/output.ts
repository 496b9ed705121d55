import { resolve } from "node:path";
import { PauseError } from "../../error.ts";
import { everySettled } from "../../host/settle.ts";
import { formatReference } from "../../oci/reference.ts";
import {
  type Containerd,
  type Engine,
  ENGINE_FORMS,
  type EngineForm,
} from "../../store/engine/engine.ts";
import { formatPlace, openPlace, type Place, readPlace, requireOurs } from "../../store/place.ts";
import type { Store } from "../../store/store.ts";
import type { Settings } from "../settings.ts";
import type { Workshop } from "../workshop.ts";

/** An engine on this machine that images are loaded into. */
export interface EnginePlace {
  readonly form: EngineForm;
  readonly containerd: Containerd;
  readonly tag?: never;
}

/** Where OUTPUT goes: to files, or into an engine. */
export type Output = Place | EnginePlace;

/** What of a run an output is opened with. */
type Around = Pick<Workshop, "directory" | "settings" | "signal">;

/**
 * Reads OUTPUT, where it is not the registry.
 * @throws PauseError `usage`
 */
export function readOutput(
  { output, containerd }: Pick<Settings, "output" | "containerd">,
): Output {
  const form = ENGINE_FORMS.find((known) => known === output);
  return form === undefined ? readPlace(output) : { form, containerd };
}

/** Whether images are loaded into an engine. */
export function isEngine(output: Output): output is EnginePlace {
  return ENGINE_FORMS.some((form) => form === output.form);
}

/** The folder or file of an output; undefined for one that is none. */
export function pathOf(output: Output, directory: string): string | undefined {
  return isEngine(output) ? undefined : resolve(directory, output.path);
}

/** Whether one image goes there under the tag of the index, which stays outside. */
export function leavesIndex(output: Output, { targets }: Pick<Settings, "targets">): boolean {
  if (!isEngine(output)) return output.form === "docker-archive";
  return output.form !== "containerd" && targets.length === 1;
}

/**
 * Refuses an output that is somebody else's, or that cannot take what it is to be given.
 *
 * @param hasIndex whether all images go there under one tag
 * @throws PauseError `usage`, `verification`, `storage`, `toolchain`
 */
export async function requireOutput(around: Around, hasIndex: boolean): Promise<void> {
  const { settings, directory, signal } = around;
  const output = readOutput(settings);
  if (!isEngine(output)) {
    return await requireOurs({ ...output, path: resolve(directory, output.path) });
  }
  const engine = await engineOf(output);
  await engine.require(signal);
  if (!hasIndex || leavesIndex(output, settings) || await engine.takesIndex(signal)) return;
  const arches = settings.targets.map(({ arch }) => arch);
  throw new PauseError(
    "usage",
    `Cannot load into ${output.form}: under one name it takes one platform, and there are ${arches.length} architectures. Choose one, such as ARCH=${
      arches[0]
    }, or load each under its own tag with "container".`,
  );
}

/**
 * Opens an output to write to it.
 * @param hasIndex whether there is an index among what is written
 * @throws PauseError `storage`
 */
export async function openOutput(around: Around, hasIndex: boolean): Promise<Store> {
  const { settings, directory, signal } = around;
  const output = readOutput(settings);
  const repository = repositoryOf(settings);
  if (!isEngine(output)) {
    return openPlace({ ...output, path: resolve(directory, output.path) }, repository);
  }
  const { openEngineStore } = await import("../../store/engine/store.ts");
  return await openEngineStore(await engineOf(output), { repository, hasIndex, signal });
}

/** What names the image of a tag at each output, in full. */
export async function namesAt(
  { settings }: Pick<Around, "settings">,
  tags: readonly string[],
): Promise<string[]> {
  const output = readOutput(settings);
  if (!isEngine(output)) return tags.map((tag) => formatPlace(output, tag));
  const { transport, repository } = await engineOf(output);
  const name = repository(repositoryOf(settings));
  return tags.map((tag) => `${transport}:${name}:${tag}`);
}

/** What an engine has under the tags, in its own words, where it has something; of files nothing. */
export async function loadedAs(
  { settings, signal }: Pick<Around, "settings" | "signal">,
  tags: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const output = readOutput(settings);
  if (!isEngine(output)) return {};
  const { identify, repository } = await engineOf(output);
  const name = repository(repositoryOf(settings));
  const found = await everySettled(tags.map(async (tag) => {
    const words = await identify(`${name}:${tag}`, signal);
    return words === undefined ? [] : [[tag, words] as const];
  }));
  return Object.fromEntries(found.flat());
}

/** What engines and `docker load` call the image, without a tag. */
function repositoryOf({ repository }: Settings): string {
  return repository === undefined ? "pause" : formatReference(repository);
}

/** A run that loads into no engine does not load what knows them. */
async function engineOf({ form, containerd }: EnginePlace): Promise<Engine> {
  return (await import("../../store/engine/engines.ts")).engineOf(form, containerd);
}
