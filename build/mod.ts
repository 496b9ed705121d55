/**
 * Builds, saves, publishes and checks the pause image of Kubernetes: the same calls as the command
 * line's.
 *
 * @example Build two architectures into an OCI layout
 * ```ts
 * import { build } from "pause-image";
 *
 * const { saved } = await build({
 *   assignments: { ARCH: "amd64 arm64", OUTPUT: "oci:out" },
 *   directory: ".",
 * });
 * console.log(saved[0]?.references);
 * ```
 *
 * @example Publish all architectures as one image
 * ```ts
 * import { push } from "pause-image";
 *
 * const assignments = { REGISTRY: "registry.example.com/k8s", TAG: "3.10.2" };
 * const { pushed } = await push({ assignments, directory: "." });
 * console.log(pushed[0]?.index?.digest);
 * ```
 *
 * @example See why an image is no good pause image
 * ```ts
 * import { verify } from "pause-image";
 *
 * const { subjects } = await verify("registry.k8s.io/pause:3.10", { static: true });
 * for (const { name, rows } of subjects) {
 *   for (const { row, outcome, found } of rows) {
 *     if (outcome === "fail") console.log(`${name}: ${row.id}: ${found}`);
 *   }
 * }
 * ```
 *
 * @example Mirror an image, every platform and all that hangs on it
 * ```ts
 * import { mirror } from "pause-image";
 *
 * const { mirrored } = await mirror("registry.k8s.io/pause:3.10", ["10.0.0.5:5000/k8s/pause"]);
 * for (const { deliveries } of mirrored) {
 *   for (const { destination, outcome, digest } of deliveries) console.log(destination, outcome, digest);
 * }
 * ```
 *
 * @module
 */
import type { Report, VerifyOptions } from "./check/verify.ts";
import type { NamedOptions } from "./mirror/by-name.ts";
import type { Loaded, LoadOptions } from "./mirror/load.ts";
import type { ManyOptions, MirroredAll } from "./mirror/many.ts";
import type { Saved, SaveOptions } from "./mirror/save.ts";
import type { SyncByFileOptions, SyncedAll } from "./mirror/sync/by-file.ts";
import type { Diagnosis } from "./runtimes/doctor.ts";
import type { AskOptions } from "./runtimes/image.ts";

export type { BuildRunner } from "./attest/provenance/runner.ts";
export type { OpenOptions } from "./check/open.ts";
export type { Judged, Outcome, Statement } from "./check/row.ts";
export type { Checked, Report, VerifyOptions } from "./check/verify.ts";
export type { CopyEvent } from "./copy/copy.ts";
export {
  type ErrorCode,
  EXIT_CODES,
  PauseError,
  type PauseErrorOptions,
  type Where,
} from "./error.ts";
export type { System } from "./compile/target.ts";
export type { LockedBase, UpdatedBase } from "./make/windows/base-lock.ts";
export { type Goal, GOALS, type Step } from "./make/goals.ts";
export type { AttachmentKind } from "./make/attached/settings.ts";
export { make } from "./make/make.ts";
export { type Metadata, metadata } from "./make/metadata.ts";
export { plan } from "./make/plan.ts";
export type { MakeOptions } from "./make/prepare.ts";
export { build, type BuildOptions, push } from "./make/publish.ts";
export type { Assignments } from "./make/settings.ts";
export { type Variable, type VariableName, VARIABLES } from "./make/variables.ts";
export type {
  Attached,
  Delivered,
  Image,
  Made,
  MakeEvent,
  Missing,
  Program,
  Reference,
} from "./make/workshop.ts";
export type { NamedOptions } from "./mirror/by-name.ts";
export type { OpenForeign } from "./mirror/foreign.ts";
export type { Loaded, LoadOptions } from "./mirror/load.ts";
export type { ManyOptions, MirroredAll } from "./mirror/many.ts";
export type { MirrorOptions } from "./mirror/options.ts";
export type { Delivery, Mirrored, MirrorEvent } from "./mirror/report.ts";
export type { Saved, SaveOptions } from "./mirror/save.ts";
export type { Subset } from "./mirror/subset.ts";
export type { FileSyncOptions, SyncByFileOptions, SyncedAll } from "./mirror/sync/by-file.ts";
export type { Shard } from "./mirror/sync/shard.ts";
export type { RegistriesOptions } from "./mirror/sync/stores.ts";
export type { TagRules } from "./mirror/tags.ts";
export type { Descriptor } from "./oci/descriptor.ts";
export type { Digest } from "./oci/digest.ts";
export type { Platform } from "./oci/platform.ts";
export type { Repository } from "./oci/reference.ts";
export type { Diagnosis } from "./runtimes/doctor.ts";
export type { Finding } from "./runtimes/finding.ts";
export type { AskOptions } from "./runtimes/image.ts";
export type { RetryRules } from "./store/registry/http/transport.ts";
export type { Environment } from "./store/registry/http/trust.ts";
export type {
  Credential,
  CredentialSource,
  Found,
  IdentityToken,
  RegistryToken,
  UserCredential,
} from "./store/registry/login/credentials.ts";

/**
 * Checks whether something is a good pause image, or a good pause program, row by row. Nothing is
 * written but temporary files. Programs are run, unless `options.static` is set, confined as
 * docs/verify.md says.
 *
 * @param name a program, an OCI layout, an archive, or an image on a registry: `bin/pause-amd64`,
 * `oci:out:3.10.2`, `pause.tar`, `registry.k8s.io/pause:3.10`
 * @throws PauseError `usage` when the name is none or names several images; `verification` for what
 * is no image, or is not for the wanted platforms; `registry`, `authentication`, `storage` when it
 * cannot be read; `interrupted`. A bad image is a result and no error
 */
export async function verify(name: string, options: VerifyOptions = {}): Promise<Report> {
  // Whoever builds does not load the checker.
  const checker = await import("./check/verify.ts");
  return await checker.verify(name, options);
}

/**
 * Mirrors an image, or with `options.rules` several of a repository, to other places: every
 * platform, and what hangs on it, under the same digest. What is there already is not sent.
 *
 * @param source `registry.k8s.io/pause:3.10`, `oci:out:3.10`, `oci-archive:pause.tar`
 * @param destinations at least one, named likewise; without a tag they take the source's
 * @throws PauseError `usage` for what is no place; what the source throws when it cannot be opened or
 * listed; `interrupted`. What becomes of each image at each destination is a result, failures too
 */
export async function mirror(
  source: string,
  destinations: readonly string[],
  options: Omit<ManyOptions, "foreign"> & NamedOptions = {},
): Promise<MirroredAll> {
  const { mirrorByName } = await import("./mirror/by-name.ts");
  return await mirrorByName(source, destinations, options);
}

/**
 * Mirrors all the images that a sync file names, see docs/mirror-sync.md. What is up to date is
 * passed over.
 *
 * @param file the file's path
 * @throws PauseError `usage` for a wrong file, before anything is asked; `storage` when it cannot be
 * read; without `keepGoing` the error of a source whose tags cannot be told; `interrupted`. What
 * becomes of each image is a result, failures too
 */
export async function sync(file: string, options: SyncByFileOptions = {}): Promise<SyncedAll> {
  const { syncByFile } = await import("./mirror/sync/by-file.ts");
  return await syncByFile(file, options);
}

/**
 * Saves images of registries to one archive, with the file's checksum beside it.
 *
 * @param images references with a tag
 * @param file where the archive goes; `FILE.part` holds what was fetched until it is complete
 * @throws PauseError the first failure of any image; `file` is then what it was
 */
export async function save(
  images: readonly string[],
  file: string,
  options: Omit<SaveOptions, "foreign"> & NamedOptions = {},
): Promise<Saved> {
  const { saveByName } = await import("./mirror/by-name.ts");
  return await saveByName(images, file, options);
}

/**
 * Loads the images of an archive into a registry, under their own paths and the same digests.
 *
 * @param registry `HOST[:PORT][/PATH]`
 * @throws PauseError `verification` when the file is not what its checksum says, `usage`, `storage`,
 * `interrupted`. What becomes of each image is a result, failures too
 */
export async function load(
  file: string,
  registry: string,
  options: Omit<LoadOptions, "foreign"> & NamedOptions = {},
): Promise<Loaded> {
  const { loadByName } = await import("./mirror/by-name.ts");
  return await loadByName(file, registry, options);
}

/**
 * Tells what is wrong with a node's pause image, from the node's files and what the registries
 * answer. Nothing is changed, and no program is run.
 *
 * @param root the folder that is the node's `/`
 * @throws PauseError `storage` when that cannot be read; `interrupted`. What is wrong is a result
 */
export async function doctor(root: string, options: AskOptions = {}): Promise<Diagnosis> {
  const { diagnose } = await import("./runtimes/doctor.ts");
  return await diagnose(root, options);
}
