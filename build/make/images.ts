import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Target } from "../compile/target.ts";
import { storageError, writeWhole } from "../host/files.ts";
import { everySettled } from "../host/settle.ts";
import { ANNOTATION } from "../oci/annotations.ts";
import type { Content, Descriptor } from "../oci/descriptor.ts";
import { type Digest, sha256 } from "../oci/digest.ts";
import type { Platform } from "../oci/platform.ts";
import { memoryStore } from "../store/memory.ts";
import type { Store } from "../store/store.ts";
import type { Graph, Image, Workshop } from "./workshop.ts";

/** Where the rendered Dockerfile of a target is, below the working directory. */
export function dockerfilePath(target: Target): string {
  return `bin/Dockerfile-${target.arch}`;
}

/** The Dockerfile of a target, as the template says it. */
async function renderDockerfile(workshop: Workshop, target: Target): Promise<string> {
  const { renderTemplate } = await import("../image/template.ts");
  const { settings, source } = workshop;
  const variables = {
    ARCH: target.arch,
    OS: "linux",
    TAG: settings.tag,
    VERSION: settings.version,
    BASE: settings.base,
  };
  return renderTemplate(await readTemplate(source.template), variables, source.template);
}
