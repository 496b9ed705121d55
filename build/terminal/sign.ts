import process from "node:process";
import type { Seal } from "../attest/sign/seal.ts";
import type { Form } from "../attest/sign/sign.ts";
import { commandHelp } from "./command-help.ts";
import { SIGN, type SignOptions } from "./manual/sign.ts";
import { parseWords, type Values, wrongWords } from "./options.ts";
import { type Screen, screen } from "./screen.ts";
import { openSeal, openSealables, type Sealable, sealedJson, sealedLine } from "./sealing.ts";

/** What `--form` says. */
const FORMS: Readonly<Record<string, readonly Form[]>> = {
  both: ["tag", "referrer"],
  tag: ["tag"],
  referrer: ["referrer"],
};

/**
 * `pause-image sign IMAGE… --key KEY`: signs, and tells of each signature.
 * @throws PauseError `usage` for wrong words; what `signImage` throws
 */
export async function runSign(
  words: readonly string[],
  signal: AbortSignal,
  out: Screen = screen(process.stdout, process.env),
  error: Screen = screen(process.stderr, process.env),
): Promise<number> {
  const { values, positionals } = parseWords(SIGN, words);
  if (values.help) {
    out.write(commandHelp(SIGN));
    return 0;
  }
  // The key first: nothing is asked of anybody for one that cannot be used.
  const seal = await openSeal(values, "sign", signal, (text) => error.write(`Warning: ${text}`));
  const { form } = values;
  if (seal.signer === undefined && form !== undefined && form !== "referrer") {
    throw wrongWords("sign", `--keyless signs as a referrer alone. Leave --form ${form} out`);
  }
  const images = await openSealables(positionals, "sign", values, signal);
  const isTag = form !== undefined && form !== "referrer";
  if (isTag && images.some(({ name }) => name === undefined)) {
    throw wrongWords(
      "sign",
      "cosign's signatures name a repository, and a layout has none. Add --as NAME, or --form referrer",
    );
  }
  for (const image of images) await signOne(image, seal, values, out);
  return 0;
}

async function signOne(
  { image, store, ref, name }: Sealable,
  seal: Seal,
  { form, json, "no-recursive": alone }: Values<SignOptions>,
  out: Screen,
): Promise<void> {
  const forms = form === undefined ? name === undefined ? FORMS.referrer : undefined : FORMS[form];
  const { signImage } = await import("../attest/sign/sign.ts");
  const signed = await signImage(store, ref, seal, {
    name: name ?? "",
    recursive: alone !== true,
    ...(forms && { forms }),
    onSigned: (one) => {
      if (!json) out.write(sealedLine(one.outcome, one, one.form));
    },
  });
  await store.commit();
  if (!json) return;
  const digest = signed.at(-1)?.descriptor.digest;
  out.write(JSON.stringify({ image, digest, signed: signed.map(sealedJson) }));
}
