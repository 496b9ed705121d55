import process from "node:process";
import type { Form } from "../attest/sign/sign.ts";
import { commandHelp } from "./command-help.ts";
import { SIGN } from "./manual/sign.ts";
import { parseWords, wrongWords } from "./options.ts";
import { type Screen, screen } from "./screen.ts";
import { openSeal, openSealable, sealedJson, sealedLine } from "./sealing.ts";

/** What `--form` says. */
const FORMS: Readonly<Record<string, readonly Form[]>> = {
  both: ["tag", "referrer"],
  tag: ["tag"],
  referrer: ["referrer"],
};

/**
 * `pause-image sign IMAGE --key KEY`: signs, and tells of each signature.
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
  const [image = "", ...more] = positionals;
  if (image === "") throw wrongWords("sign", "it takes the name of an image");
  if (more.length > 0) {
    throw wrongWords("sign", `${more.length + 1} images are named. Name one`);
  }
  // The key first: nothing is asked of anybody for one that cannot be used.
  const seal = await openSeal(values, "sign", signal, (text) => error.write(`Warning: ${text}`));
  const { form } = values;
  if (seal.signer === undefined && form !== undefined && form !== "referrer") {
    throw wrongWords("sign", `--keyless signs as a referrer alone. Leave --form ${form} out`);
  }
  const { store, ref, name } = await openSealable(image, values, signal);
  if (name === undefined && form !== undefined && form !== "referrer") {
    throw wrongWords(
      "sign",
      "cosign's signatures name a repository, and a layout has none. Add --as NAME, or --form referrer",
    );
  }
  const forms = form === undefined ? name === undefined ? FORMS.referrer : undefined : FORMS[form];
  const { signImage } = await import("../attest/sign/sign.ts");
  const signed = await signImage(store, ref, seal, {
    name: name ?? "",
    recursive: values["no-recursive"] !== true,
    ...(forms && { forms }),
    onSigned: (one) => {
      if (!values.json) out.write(sealedLine(one.outcome, one, one.form));
    },
  });
  await store.commit();
  if (values.json) {
    const digest = signed.at(-1)?.descriptor.digest;
    out.write(JSON.stringify({ image, digest, signed: signed.map(sealedJson) }, undefined, 2));
  }
  return 0;
}
