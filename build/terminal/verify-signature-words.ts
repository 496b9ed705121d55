import { type Platform, readPlatform } from "../oci/platform.ts";
import {
  ATTESTATIONS,
  VERIFY_SIGNATURE,
  type VerifySignatureOptions,
} from "./manual/verify-signature.ts";
import { listOf, parseWords, type Values, wrongWords } from "./options.ts";

/** Whom the words trust: a file says so, or they do. */
export type TrustWords =
  | { readonly policy: string }
  | {
    /** Files of public keys. */
    readonly keys: readonly string[];
    readonly identities: readonly string[];
    /** Regular expressions. */
    readonly patterns: readonly string[];
    /** Of all identities; empty when there are none. */
    readonly issuer: string;
    /** ≥ 1 */
    readonly threshold: number;
  };

/** What the user typed after `verify-signature`. */
export interface VerifySignatureWords {
  readonly image: string;
  readonly trust: TrustWords;
  readonly predicateType?: string;
  readonly platforms?: readonly Platform[];
  readonly trustedRoot?: string;
  readonly offline: boolean;
  /** Milliseconds. */
  readonly timeout: number;
  readonly plainHttp: boolean;
  readonly certDir?: string;
  readonly json: boolean;
}

type Given = Values<VerifySignatureOptions>;

/** Milliseconds. */
const TIMEOUT = 300_000;

/**
 * Reads the words after `verify-signature`.
 * @throws PauseError `usage`
 */
export function readVerifySignatureWords(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
): VerifySignatureWords | "help" {
  const { values, positionals } = parseWords(VERIFY_SIGNATURE, words);
  if (values.help) return "help";
  const [image = "", ...more] = positionals;
  if (image === "") throw wrong("it takes the name of an image");
  if (more.length > 0) throw wrong(`${more.length + 1} images are named. Name one`);
  const { type, "trusted-root": trustedRoot } = values;
  const certDir = values["cert-dir"] ?? environment.CERT_DIR;
  const platforms = values.platform?.flatMap(listOf).map(readPlatform);
  return {
    image,
    trust: readTrust(values),
    ...(type !== undefined && { predicateType: readType(type) }),
    ...(platforms && { platforms }),
    ...(trustedRoot !== undefined && { trustedRoot }),
    offline: values.offline === true,
    timeout: values.timeout === undefined ? TIMEOUT : 1000 * readWhole("timeout", values.timeout),
    plainHttp: values.insecure === true || environment.INSECURE === "1",
    ...(certDir && { certDir }),
    json: values.json === true,
  };
}

function readTrust(values: Given): TrustWords {
  const {
    key: keys = [],
    "certificate-identity": identities = [],
    "certificate-identity-regexp": patterns = [],
    "certificate-oidc-issuer": issuer = "",
    threshold,
    policy,
  } = values;
  const isNamed = keys.length + identities.length + patterns.length > 0;
  if (policy !== undefined) {
    if (!isNamed && issuer === "" && threshold === undefined) return { policy };
    throw wrong("--policy says all about who is trusted: leave the other options for that out");
  }
  if (!isNamed) throw wrong("nobody is trusted. Add --key, --certificate-identity or --policy");
  const hasIdentities = identities.length + patterns.length > 0;
  if (hasIdentities && issuer === "") {
    throw wrong("an identity is worth what its issuer is. Add --certificate-oidc-issuer");
  }
  if (!hasIdentities && issuer !== "") {
    throw wrong(
      "--certificate-oidc-issuer alone would trust all whom it knows. Add --certificate-identity",
    );
  }
  const count = threshold === undefined ? 1 : readWhole("threshold", threshold);
  return { keys, identities, patterns, issuer, threshold: count };
}

function readType(text: string): string {
  if (Object.hasOwn(ATTESTATIONS, text)) return ATTESTATIONS[text] ?? text;
  if (/^[a-z][a-z0-9+.-]*:./i.test(text)) return text;
  const known = Object.keys(ATTESTATIONS).join(", ");
  throw wrong(`--type ${text} is none of ${known}, and no address such as https://example.com/v1`);
}

function readWhole(option: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw wrong(`--${option} ${text} is no number from 1 on`);
}

function wrong(found: string): ReturnType<typeof wrongWords> {
  return wrongWords("verify-signature", found);
}
