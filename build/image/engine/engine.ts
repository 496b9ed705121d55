import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PauseError } from "../../error.ts";
import { run } from "../../host/process.ts";
import { everySettled } from "../../host/settle.ts";
import { withTemporaryFolder } from "../../host/temporary-folder.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";
import type { MediaTypes } from "../../oci/media-types.ts";
import { runClient } from "../../store/engine/client.ts";
import { assemble, formatTime, type Image } from "../assemble.ts";
import type { ReadContext } from "../context.ts";
import { compressLayer } from "../layer.ts";
import { type BuilderName, BUILDERS } from "./builders.ts";
import { REFUSALS } from "./refusals.ts";
import { readSavedImage, type SavedImage } from "./saved.ts";
import { settled } from "./settled.ts";
import { stage } from "./stage.ts";

/** What another builder is to build, for one platform. */
export interface BuildOrder {
  /** The text of the Dockerfile. */
  readonly dockerfile: string;
  /** How errors name it: `bin/Dockerfile-arm64`. */
  readonly path: string;
  readonly platform: Platform;
  readonly context: ReadContext;
  /** What of the context it is given: paths; "." is all of it. */
  readonly sources: readonly string[];
  /** The image's time: whole seconds since 1970, up to the end of the year 9999. */
  readonly created: number;
  readonly mediaTypes: MediaTypes;
}

/** A builder of images that is not ours, and that answers. */
export interface EngineBuilder {
  readonly name: BuilderName;
  /** Which one it is: another version may make other bytes. */
  readonly identity: string;
  /**
   * @throws PauseError `dockerfile` when it refuses; `verification` when it made something else;
   * `storage`, `interrupted`
   */
  build(order: BuildOrder): Promise<Image>;
}

/**
 * Finds a builder. Nothing is changed.
 *
 * @param platforms what it is to build for
 * @throws PauseError `toolchain` when it is not there, does not answer, or does not build for these
 */
export async function findBuilder(
  name: BuilderName,
  platforms: readonly Platform[],
  signal?: AbortSignal,
): Promise<EngineBuilder> {
  const aborting = signal ? { signal } : {};
  const said: string[] = [];
  for (const command of BUILDERS[name].identify) {
    said.push(await runClient(`build with ENGINE=${name}`, command, aborting));
  }
  await REFUSALS[name]?.({ said, platforms, ...aborting });
  const [identity = ""] = said;
  return { name, identity, build: (order) => build(name, order, signal) };
}

/** Has the image built, reads it, and has the builder forget it. */
async function build(
  name: BuilderName,
  order: BuildOrder,
  signal: AbortSignal | undefined,
): Promise<Image> {
  const { path, platform, created } = order;
  const wanted = formatPlatform(platform);
  const commands = BUILDERS[name];
  return await withTemporaryFolder("pause-image-build", async (folder) => {
    const commission = {
      context: join(folder, "context"),
      dockerfile: join(folder, "Dockerfile"),
      platform: wanted,
      epoch: created,
      name: `localhost/pause-image-build:${randomBytes(8).toString("hex")}`,
      archive: join(folder, "image.tar"),
    };
    await everySettled([
      stage(order.context, order.sources, { path, line: 1 }, commission.context, created),
      writeFile(commission.dockerfile, order.dockerfile),
    ]);
    const env = { SOURCE_DATE_EPOCH: String(created), BUILDX_NO_DEFAULT_ATTESTATIONS: "1" };
    try {
      for (const command of commands.build(commission)) {
        const purpose = `build ${path} for ${wanted}`;
        await runClient(purpose, command, { code: "dockerfile", env, ...(signal && { signal }) });
      }
      return imageOf(name, order, await readSavedImage(commission.archive));
    } finally {
      // Not by the signal: what was begun is to leave nothing, and a failure to forget is none of the image's.
      const forget = commands.forget?.(commission.name);
      if (forget !== undefined) await run(forget);
    }
  });
}

function imageOf(
  name: BuilderName,
  { path, platform, created, mediaTypes }: BuildOrder,
  { config, layers }: SavedImage,
): Image {
  if (config.os !== platform.os || config.architecture !== platform.architecture) {
    throw new PauseError(
      "verification",
      `Cannot use what ${name} built of ${path}: it is for ${config.os}/${config.architecture}, and not for ${
        formatPlatform(platform)
      }. Choose ARCH=${config.architecture}, or leave ENGINE out.`,
    );
  }
  return assemble(
    {
      config: settled(config, platform, formatTime(created)),
      layers: layers.map((layer) => compressLayer(layer, mediaTypes.layer).content),
    },
    mediaTypes,
  );
}
