import { EXIT_CODES, PauseError } from "../error.ts";
import type { NamedOptions } from "../mirror/by-name.ts";
import type { MirroredAll } from "../mirror/many.ts";
import type { MirrorOptions } from "../mirror/options.ts";
import { readWanted, type Subset } from "../mirror/subset.ts";
import { exitCode, jsonOutcome } from "../terminal/mirror-lines.ts";
import { count } from "../terminal/sizes.ts";
import type { Desk } from "./desk.ts";
import { wordsOf } from "./inputs.ts";
import type { Outputs } from "./outputs.ts";

/** How the registries of a command are spoken to, by the inputs. */
export function placesOf(
  { inputs, credentials, signal }: Pick<Desk, "inputs" | "credentials" | "signal">,
): NamedOptions & Pick<MirrorOptions, "signal"> {
  const { "cert-dir": certDir, insecure } = inputs;
  return {
    plainHttp: insecure === "true",
    signal,
    ...(certDir !== "" && { certDir }),
    ...(credentials && { credentials }),
  };
}

/** The platforms that are to go along, by the inputs, and what is to become of the index over them. */
export function subsetOf(
  { inputs }: Pick<Desk, "inputs">,
  form: Subset["form"],
): Pick<MirrorOptions, "subset"> {
  const platforms = wordsOf(inputs.platforms).map(readWanted);
  return platforms.length === 0 ? {} : { subset: { platforms, form } };
}

/** Why a command that moved images fails although some of them went well; undefined when all did. */
export function failureOf(outcome: MirroredAll): PauseError | undefined {
  const deliveries = outcome.mirrored.flatMap(({ deliveries }) => deliveries);
  const errors = [
    ...outcome.failures.map(({ error }) => error),
    ...deliveries.flatMap(({ error }) => error ?? []),
  ];
  const [first] = errors;
  const isAlone = errors.length === 1 && deliveries.every(({ error }) => error !== undefined);
  if (first === undefined || isAlone) return first;
  const isPartial = exitCode(outcome) === EXIT_CODES.partial;
  return new PauseError(
    isPartial ? "partial" : first.code,
    `Cannot mirror everything: ${count(errors.length, "part")} failed, as the log says.` +
      ` What has arrived is not sent again by the next run. The first: ${first.message}`,
    { cause: first },
  );
}

/** The outputs of a command that moved images. */
export function mirroredOutputs(outcome: MirroredAll, more: object = {}): Outputs {
  const { mirrored } = outcome;
  const deliveries = mirrored.flatMap((one) => one.deliveries);
  const digests = deliveries.flatMap(({ destination, digest }) =>
    digest === undefined ? [] : [[destination, digest] as const]
  );
  const [first] = digests;
  const isOne = mirrored.length === 1 && first !== undefined;
  const { type: _, ...metadata } = JSON.parse(jsonOutcome(outcome, more));
  return {
    digest: isOne ? first[1] : "",
    image: isOne ? byDigest(...first) : "",
    references: deliveries.map(({ destination }) => destination),
    digests: Object.fromEntries(digests),
    metadata,
    changed: deliveries.some(({ outcome }) => outcome === "copied"),
  };
}

/** A name on a registry with a digest in place of its tag; other names as they are. */
export function byDigest(name: string, digest: string): string {
  if (/^(oci|oci-archive|docker-archive):/.test(name)) return name;
  return `${name.replace(/(@sha\d+:[0-9a-f]+|:[^/:]*)$/, "")}@${digest}`;
}
