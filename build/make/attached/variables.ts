import type { ByteVariables } from "../../attest/provenance/predicate.ts";
import { FORMATS } from "../../oci/media-types.ts";
import { baseReference } from "../windows/bases.ts";
import type { Workshop } from "../workshop.ts";

/** The variables that decide about the bytes, as this run resolved them. */
export async function byteVariables(workshop: Workshop): Promise<ByteVariables> {
  const { settings } = workshop;
  const { targets, systems, mediaTypes, toolchainImage } = settings;
  const commit = await workshop.commit();
  const revision = settings.revision ?? commit.revision;
  return {
    TAG: settings.tag,
    VERSION: settings.version,
    ...(revision !== "" && { REV: revision }),
    ARCH: targets.map(({ arch }) => arch).join(" "),
    OS: systems.join(" "),
    ...(systems.includes("windows") && await windowsVariables(workshop)),
    FORMAT: mediaTypes === FORMATS.docker ? "docker" : "oci",
    ENGINE: settings.builder ?? "embedded",
    CFLAGS: settings.cflags.join(" "),
    SOURCE_DATE_EPOCH: `${settings.epoch ?? commit.epoch}`,
    TOOLCHAIN: settings.toolchain,
    ...(toolchainImage !== undefined && { TOOLCHAIN_IMAGE: toolchainImage }),
  };
}

/** Of Windows there may be less than was asked for: what was built counts. */
async function windowsVariables(workshop: Workshop): Promise<Partial<ByteVariables>> {
  const { found } = await workshop.bases();
  const versions = new Set(found.map(({ edition: { version } }) => version.name));
  return {
    ALL_ARCH_WINDOWS: workshop.settings.windows.arches.join(" "),
    OSVERSION: [...versions].join(" "),
    BASE: baseReference(workshop),
  };
}
