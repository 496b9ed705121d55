import { PauseError } from "../error.ts";
import { NO_ATTACHMENT } from "../make/attached/settings.ts";
import { type Assignments, variableName } from "../make/settings.ts";
import type { VariableName } from "../make/variables.ts";
import type { Desk } from "./desk.ts";
import { type InputName, INPUTS, type Inputs, linesOf } from "./inputs.ts";

/** The variables of the build that inputs set, each with what it makes of the input's value. */
const BY_INPUT: readonly (readonly [InputName, VariableName, (value: string) => string])[] = [
  ["registry", "REGISTRY", String],
  ["architectures", "ARCH", String],
  ["windows", "OS", () => "linux windows"],
  ["output", "OUTPUT", String],
  ["toolchain", "TOOLCHAIN", String],
  ["metadata-file", "METADATA_FILE", String],
  ["insecure", "INSECURE", () => "1"],
  ["cert-dir", "CERT_DIR", String],
];

/**
 * The variables of the build, from the inputs and from the lines of `variables`. Of the environment
 * only SOURCE_DATE_EPOCH is taken: workflows have a REGISTRY and a TAG of their own there.
 *
 * @param tag undefined: the default
 * @throws PauseError `usage` for a line that is no NAME=value, an unknown name, and one that an input
 * sets already
 */
export function assignmentsOf(
  { inputs, environment }: Pick<Desk, "inputs" | "environment">,
  tag: string | undefined,
): Assignments {
  const { SOURCE_DATE_EPOCH } = environment;
  const own = new Map<VariableName, string>([
    ...BY_INPUT.filter(([name]) => inputs[name] !== INPUTS[name].fallback)
      .map(([name, variable, read]) => [variable, read(inputs[name])] as const),
    ...(tag === undefined ? [] : [["TAG", tag] as const]),
    ...attachedBy(inputs),
  ]);
  return {
    ...(SOURCE_DATE_EPOCH && { SOURCE_DATE_EPOCH }),
    ...Object.fromEntries(own),
    ...variablesIn(inputs, own),
  };
}

/** ATTACH, where the inputs leave something out: what is attached by itself depends on FORMAT. */
function attachedBy({ sbom, provenance }: Inputs): readonly (readonly [VariableName, string])[] {
  if (sbom === "true" && provenance === "true") return [];
  const words = [
    ...(sbom === "true" ? ["spdx", "cyclonedx"] : []),
    ...(provenance === "true" ? ["provenance"] : []),
  ];
  return [["ATTACH", words.join(" ") || NO_ATTACHMENT]];
}

function variablesIn(
  { variables }: Pick<Inputs, "variables">,
  own: ReadonlyMap<VariableName, string>,
): Assignments {
  const lines = linesOf(variables).map((line) => {
    const [, name, value = ""] = /^([A-Za-z_][\w.]*)=(.*)$/.exec(line) ?? [];
    if (name === undefined) {
      throw new PauseError(
        "usage",
        `Cannot read the input "variables": "${line}" is no NAME=value, such as ARCH_TAGS=none.`,
      );
    }
    const variable = variableName(name);
    if (own.has(variable)) {
      throw new PauseError(
        "usage",
        `Cannot set ${variable} among the variables: another input sets it. Leave one of them out.`,
      );
    }
    return [variable, value] as const;
  });
  return Object.fromEntries(lines);
}
