import type { Target } from "../compile/target.ts";
import { PauseError, type Where } from "../error.ts";
import { readIfThere } from "../host/files.ts";
import { sha256 } from "../oci/digest.ts";
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
  { settings, source, template }: Pick<Workshop, "settings" | "source" | "template">,
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
  return settings.targets.map((target) => {
    const path = `bin/Dockerfile-${target.arch}`;
    const variables = variablesOf(settings, target);
    const dockerfile = renderTemplate(text, variables, source.template);
    const written = templateLines(text, variables);
    const originOf = (line: number): Pick<Where, "file" | "line"> => ({
      file: source.template,
      line: written(line),
    });
    const parsed = parseDockerfile(dockerfile, path, originOf);
    const plans = target.platforms.map((platform) => planImage(parsed, path, platform, {}));
    return { target, path, dockerfile, plans };
  });
}

function variablesOf(settings: Settings, { arch, platforms }: Target): Record<string, string> {
  const { tag: TAG, version: VERSION, base: BASE } = settings;
  return { ARCH: arch, OS: platforms[0].os, TAG, VERSION, BASE };
}
