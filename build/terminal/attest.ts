import process from "node:process";
import type { Claim } from "../attest/sign/attest.ts";
import { commandHelp } from "./command-help.ts";
import { ATTEST, type AttestOptions } from "./manual/attest.ts";
import { ATTESTATIONS } from "./manual/verify-signature.ts";
import { parseWords, type Values, wrongWords } from "./options.ts";
import { type Screen, screen } from "./screen.ts";
import { openSeal, openSealable, readPredicate, sealedJson, sealedLine } from "./sealing.ts";

/**
 * `pause-image attest IMAGE --key KEY`: signs what is said of an image, and tells of each statement.
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
  const [image = "", ...more] = positionals;
  if (image === "") throw wrongWords("attest", "it takes the name of an image");
  if (more.length > 0) {
    throw wrongWords("attest", `${more.length + 1} images are named. Name one`);
  }
  const claim = await claimOf(values);
  const seal = await openSeal(values, "attest", signal, (text) => error.write(`Warning: ${text}`));
  const { store, ref, name = image } = await openSealable(image, values, signal);
  const { attestImage } = await import("../attest/sign/attest.ts");
  const attested = await attestImage(store, ref, seal, {
    name,
    ...(claim && { claim }),
    ...(values["no-recursive"] && { recursive: false }),
    onAttested: (one) => {
      if (!values.json) out.write(sealedLine(one.outcome, one, one.predicateType));
    },
  });
  await store.commit();
  if (values.json) {
    out.write(JSON.stringify({ image, attested: attested.map(sealedJson) }, undefined, 2));
  }
  return 0;
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
