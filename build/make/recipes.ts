import type { Target } from "../compile/target.ts";
import { PauseError, type Where } from "../error.ts";
import { readIfThere } from "../host/files.ts";
import { sha256 } from "../oci/digest.ts";
import type { Plan } from "../image/plan.ts";
import type { Platform } from "../oci/platform.ts";
import type { EditionBase } from "./windows/edition-base.ts";
import type { Edition } from "./windows/editions.ts";
import type { Settings } from "./settings.ts";
import type { Source } from "./source.ts";
import type { Recipe, Template, Workshop } from "./workshop.ts";

/**
 * Reads the template.
 * @throws PauseError `storage`
 */
export async function readTemplate({ template: path }: Source): Promise<Template> {
  const bytes = await readIfThere(path);
  return bytes === undefined
    ? {}
    : { text: new TextDecoder().decode(bytes), digest: sha256(bytes) };
}

/**
 * Renders the template for every target and understands what came out, and writes nothing.
 * @throws PauseError `dockerfile`, with the line, for what cannot be rendered or is not done; `storage`
 */
export async function makeRecipes(
  { settings, source, template, bases }: Pick<
    Workshop,
    "settings" | "source" | "template" | "bases"
  >,
): Promise<Recipe[]> {
  // A run with nothing to build does not load these.
  const [{ renderTemplate, templateLines }, { parseDockerfile }, { planImage }] = await Promise.all(
    [
      import("../image/template.ts"),
      import("../image/dockerfile.ts"),
      import("../image/plan.ts"),
    ],
  );
  const { text } = await template();
  if (text === undefined) {
    throw new PauseError("dockerfile", `Cannot render ${source.template}: there is no such file.`);
  }
  const { found } = await bases();
  return [...linuxSubjects(settings), ...found.map(windowsSubject)].map((subject) => {
    const { target, edition, base, platforms, path } = subject;
    const variables = variablesOf(settings, subject);
    const dockerfile = renderTemplate(text, variables, source.template);
    const written = templateLines(text, variables);
    const originOf = (line: number): Pick<Where, "file" | "line"> => ({
      file: source.template,
      line: written(line),
    });
    const plans = plansFor(settings, () => {
      const parsed = parseDockerfile(dockerfile, path, originOf);
      return platforms.map((platform) => planImage(parsed, path, platform, {}, base));
    });
    return { target, path, dockerfile, platforms, plans, ...(edition && { edition }) };
  });
}

/** Another builder may do what ours does not: it is the one to refuse the Dockerfile then. */
function plansFor({ builder }: Settings, plan: () => readonly Plan[]): readonly Plan[] {
  try {
    return plan();
  } catch (error) {
    const isRefused = error instanceof PauseError && error.code === "dockerfile";
    if (builder !== undefined && isRefused) return [];
    throw error;
  }
}

/** What one Dockerfile is about. */
interface Subject {
  readonly target: Target;
  readonly edition?: Edition;
  readonly base?: EditionBase;
  readonly platforms: readonly [Platform, ...Platform[]];
  readonly path: string;
}

function linuxSubjects({ systems, targets }: Settings): Subject[] {
  if (!systems.includes("linux")) return [];
  return targets.map((target) => ({
    target,
    platforms: target.platforms,
    path: `bin/Dockerfile-${target.arch}`,
  }));
}

function windowsSubject(base: EditionBase): Subject {
  const { edition, image: { platform } } = base;
  const path = `bin/Dockerfile-${edition.suffix}`;
  return { target: edition.target, edition, base, platforms: [platform], path };
}

function variablesOf(
  { tag: TAG, version: VERSION, base: { linux } }: Settings,
  { target: { arch }, edition, base, platforms }: Subject,
): Record<string, string> {
  return {
    ARCH: arch,
    OS: platforms[0].os,
    OSVERSION: edition?.version.name ?? "",
    TAG,
    VERSION,
    BASE: base?.name ?? linux,
  };
}
