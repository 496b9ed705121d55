import process from "node:process";
import type { Claim } from "../attest/sign/attest.ts";
import type { Seal } from "../attest/sign/seal.ts";
import { commandHelp } from "./command-help.ts";
import { ATTEST, type AttestOptions } from "./manual/attest.ts";
import { ATTESTATIONS } from "./manual/verify-signature.ts";
import { parseWords, type Values, wrongWords } from "./options.ts";
import { type Screen, screen } from "./screen.ts";
import {
  openSeal,
  openSealables,
  readPredicate,
  type Sealable,
  sealedJson,
  sealedLine,
} from "./sealing.ts";

/**
 * `pause-image attest IMAGE… --key KEY`: signs what is said of an image, and tells of each statement.
 * @throws PauseError `usage` for wrong words; what `attestImage` throws
 */
export async function runAttest(
  words: readonly string[],
  signal: AbortSignal,
  out: Screen = screen(process.stdout, process.env),
  error: Screen = screen(process.stderr, process.env),
): Promise<number> {
  const { values, positionals } = parseWords(ATTEST, words);
  if (values.help) {
    out.write(commandHelp(ATTEST));
    return 0;
  }
  const claim = await claimOf(values);
  const seal = await openSeal(values, "attest", signal, (text) => error.write(`Warning: ${text}`));
  for (const image of await openSealables(positionals, "attest", values, signal)) {
    await attestOne(image, seal, claim, values, out);
  }
  return 0;
}

async function attestOne(
  { image, store, ref, name = image }: Sealable,
  seal: Seal,
  claim: Claim | undefined,
  { json, "no-recursive": alone }: Values<AttestOptions>,
  out: Screen,
): Promise<void> {
  const { attestImage } = await import("../attest/sign/attest.ts");
  const attested = await attestImage(store, ref, seal, {
    name,
    ...(claim && { claim }),
    ...(alone && { recursive: false }),
    onAttested: (one) => {
      if (!json) out.write(sealedLine(one.outcome, one, one.predicateType));
    },
  });
  await store.commit();
  if (json) out.write(JSON.stringify({ image, attested: attested.map(sealedJson) }));
}

async function claimOf({ predicate, type }: Values<AttestOptions>): Promise<Claim | undefined> {
  if (predicate === undefined && type === undefined) return undefined;
  if (predicate === undefined || type === undefined) {
    throw wrongWords("attest", "--predicate and --type belong together. Add the other one");
  }
  const predicateType = Object.hasOwn(ATTESTATIONS, type) ? ATTESTATIONS[type] ?? type : type;
  if (!/^[a-z][a-z0-9+.-]*:./i.test(predicateType)) {
    const known = Object.keys(ATTESTATIONS).join(", ");
    throw wrongWords(
      "attest",
      `--type ${type} is none of ${known}, and no address such as https://example.com/v1`,
    );
  }
  return { predicateType, predicate: await readPredicate(predicate) };
}
