import { Buffer } from "node:buffer";
import { generateKeyPairSync, sign } from "node:crypto";
import type { DSSEBundleBuilder, Signature, Signer } from "@sigstore/sign";
import { PauseError } from "../../error.ts";
import { named } from "../../host/commonjs.ts";
import { unless } from "../../store/registry/http/unless.ts";
import { statusIn, unreachable, wordsOf } from "./failure.ts";
import type { Services } from "./services.ts";
import type { IdentityToken } from "./token.ts";

export interface KeylessOptions {
  readonly services: Services;
  /** Asked whenever a certificate is needed: tokens live for minutes. */
  readonly token: () => Promise<IdentityToken>;
  readonly signal?: AbortSignal;
}

/** Signs as whoever an identity token is about. */
export interface KeylessSigner {
  /**
   * Signs a statement, and has the signature logged.
   *
   * @param payloadType its media type
   * @returns a sigstore bundle v0.3, JSON
   * @throws PauseError `authentication` when Fulcio does not take the token; `registry` when a
   * service cannot be reached, or refuses; what `token` throws; `interrupted`
   */
  sign(payload: Uint8Array, payloadType: string): Promise<Uint8Array>;
}

/**
 * How long a certificate is used, in milliseconds. Fulcio's are valid for ten minutes, within which
 * a signature has to be logged.
 */
const CERTIFICATE_LIFE = 5 * 60_000;

/** Milliseconds for one request. Logs take their time. */
const REQUEST = { timeout: 30_000, retry: { retries: 2, minTimeout: 250 } } as const;

/**
 * Signs keyless: with a key that is made for it and forgotten, for which Fulcio gives a certificate,
 * and an entry in Rekor's log for each signature. One certificate serves all signatures of a command.
 */
export function keylessSigner(options: KeylessOptions): KeylessSigner {
  let builder: Promise<DSSEBundleBuilder> | undefined;
  const { signal } = options;
  /** Tokens that were used. */
  const secrets: string[] = [];
  return {
    async sign(payload, payloadType) {
      signal?.throwIfAborted();
      try {
        builder ??= builderFor(options, secrets);
        const data = Buffer.from(payload);
        const made = (await builder).create({ data, type: payloadType });
        const { bundleToJSON } = named(await import("@sigstore/bundle"));
        const bundle = bundleToJSON(await unless(signal, made));
        return new TextEncoder().encode(JSON.stringify(bundle));
      } catch (error) {
        throw failed(error, { ...options, secrets });
      }
    },
  };
}

async function builderFor(
  { services, token }: KeylessOptions,
  secrets: string[],
): Promise<DSSEBundleBuilder> {
  const { DSSEBundleBuilder, FulcioSigner, RekorWitness, TSAWitness } = named(
    await import("@sigstore/sign"),
  );
  const { fulcio, rekor, timestamp } = services;
  const keyHolder = freshKey();
  const getToken = async (): Promise<string> => {
    const { text } = await token();
    secrets.push(text);
    return text;
  };
  const fulcioSigner = new FulcioSigner({
    ...REQUEST,
    fulcioBaseURL: fulcio,
    identityProvider: { getToken },
    keyHolder,
  });
  return new DSSEBundleBuilder({
    signer: certifiedOnce(fulcioSigner, keyHolder),
    witnesses: [
      new RekorWitness({ ...REQUEST, rekorBaseURL: rekor }),
      ...(timestamp === undefined ? [] : [new TSAWitness({ ...REQUEST, tsaBaseURL: timestamp })]),
    ],
  });
}

/** A key of P-256, which no file ever holds. */
function freshKey(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = publicKey.export({ format: "pem", type: "spki" }).toString();
  return {
    sign: (data) =>
      Promise.resolve({
        signature: sign("sha256", data, privateKey),
        key: { $case: "publicKey", publicKey: pem },
      }),
  };
}

/** Signs with the certificate that there is, or is asked for, as long as it lives. */
function certifiedOnce(fulcio: Signer, key: Signer): Signer {
  let kept: { readonly asked: Promise<Signature>; readonly until: number } | undefined;
  return {
    async sign(data) {
      if (kept !== undefined && performance.now() < kept.until) {
        const { key: certified } = await kept.asked;
        return { ...await key.sign(data), key: certified };
      }
      const asked = fulcio.sign(data);
      kept = { asked, until: performance.now() + CERTIFICATE_LIFE };
      return await asked.catch((error) => {
        kept = undefined;
        throw error;
      });
    },
  };
}

/** What is said of who refused, by the beginning of the code that @sigstore/sign gives. */
const REFUSALS = [
  {
    code: /^CA_/,
    who: "Fulcio",
    as: "authentication",
    next: "Check that the token's issuer is one that it takes.",
  },
  { code: /^TLOG_/, who: "Rekor", as: "registry", next: "Run the command again later." },
  {
    code: /^TSA_/,
    who: "the timestamp authority",
    as: "registry",
    next: "Run the command again later, or without it.",
  },
] as const;

function failed(
  error: unknown,
  { signal, secrets }: KeylessOptions & { readonly secrets: readonly string[] },
): PauseError {
  const task = "sign keyless";
  const own = error instanceof Error ? error.cause : undefined;
  // Of the token: it says itself what was being done.
  if (own instanceof PauseError && !own.message.startsWith("Cannot ask ")) return own;
  const lost = unreachable(error, { task, secrets, ...(signal && { signal }) });
  if (lost !== undefined) return lost;
  const code = String((error as { code?: unknown }).code);
  const { who, as, next } = REFUSALS.find((row) => row.code.test(code)) ?? REFUSALS[1];
  const status = statusIn(error);
  const found = status === undefined
    ? `${who} sent what cannot be read`
    : `${who} answered ${status}`;
  return new PauseError(
    status !== undefined && status >= 500 ? "registry" : as,
    `Cannot ${task}: ${found} (${wordsOf(error, secrets)}). ${next}`,
    { cause: new Error(wordsOf(error, secrets)) },
  );
}
