import { Buffer } from "node:buffer";
import { createHash, generateKeyPairSync } from "node:crypto";
import type { RequestListener } from "node:http";
import mock from "@sigstore/mock";
import type { Services } from "../../../build/attest/keyless/services.ts";
import { SERVER } from "../certificates.ts";
import { withHttpServer } from "../http-server.ts";
import { asLogged } from "./rekor-entry.ts";

export interface SigstoreOptions {
  /** What time the authority takes it to be. @default what it is */
  readonly authorityTime?: Date;
  /** What time the log takes it to be. @default what it is */
  readonly logTime?: Date;
  /** Speaks TLS, and is called `registry.test`: only a proxy knows where that is. @default false */
  readonly tls?: boolean;
  /** Answers a path with this status, in place of the service. */
  readonly refusals?: Readonly<Record<string, number>>;
}

/** Sigstore's services on this machine, with keys of their own. */
export interface Sigstore {
  readonly services: Required<Services>;
  /** What ACTIONS_ID_TOKEN_REQUEST_URL would be. */
  readonly runner: string;
  /** The trusted root that belongs to them, JSON. */
  readonly root: Uint8Array;
  /** What was asked: `POST /api/v2/signingCert`. */
  readonly asked: readonly string[];
}

/** The Authorization that the runner wants. */
export const RUNNER_TOKEN = "runner-token-of-the-tests";

/** What the environment of a job has that may ask for identity tokens, and whom it asks. */
export function jobWith(
  { runner, services: { fulcio, rekor, timestamp } }: Sigstore,
): Readonly<Record<string, string>> {
  return {
    ACTIONS_ID_TOKEN_REQUEST_URL: runner,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: RUNNER_TOKEN,
    SIGSTORE_FULCIO_URL: fulcio,
    SIGSTORE_REKOR_URL: rekor,
    SIGSTORE_TIMESTAMP_URL: timestamp,
  };
}

/** The workflow that signs. */
export const WORKFLOW =
  "https://github.com/example/pause/.github/workflows/release.yml@refs/tags/v1.2.3";

export const ISSUER = "https://token.actions.githubusercontent.test";

/** An identity token, which the mock of Fulcio believes. @param claims in place of the usual ones */
export function tokenWith(claims: Readonly<Record<string, unknown>> = {}): string {
  const encoded = (part: unknown): string =>
    Buffer.from(JSON.stringify(part)).toString("base64url");
  const exp = Math.floor(Date.now() / 1000) + 600;
  const body = { iss: ISSUER, sub: WORKFLOW, aud: "sigstore", exp, ...claims };
  return [encoded({ alg: "RS256", typ: "JWT" }), encoded(body), "c2lnbmF0dXJl"].join(".");
}

type Handler = ReturnType<typeof mock.fulcioHandler>;

type Keys = ReturnType<typeof newKeys>;

const newKeys = () => generateKeyPairSync("ec", { namedCurve: "P-256" });

/**
 * Gives `use` Fulcio, Rekor, a timestamp authority and a runner of GitHub Actions, all at one port
 * of this machine, and ends them afterwards. What they answer is @sigstore/mock's.
 */
export async function withSigstore<T>(
  options: SigstoreOptions,
  use: (sigstore: Sigstore) => Promise<T>,
): Promise<T> {
  const asked: string[] = [];
  const handlers: Handler[] = [];
  const serve: RequestListener = async (request, response) => {
    const path = new URL(request.url ?? "", "http://here").pathname;
    asked.push(`${request.method} ${path}`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const refusal = options.refusals?.[path];
    if (refusal !== undefined) {
      const words = JSON.stringify({ code: 3, message: "no certificate for the tests" });
      return void response.writeHead(refusal, { "content-type": "application/json" }).end(words);
    }
    if (path === "/token") {
      const isKnown = request.headers.authorization === `Bearer ${RUNNER_TOKEN}`;
      const value = request.url?.includes("audience=sigstore") ? tokenWith() : undefined;
      return void response.writeHead(isKnown ? 200 : 401).end(JSON.stringify({ value }));
    }
    const handler = handlers.find((handler) => handler.path === path);
    const answer = await handler?.fn(Buffer.concat(chunks).toString("utf8"));
    response.writeHead(answer?.statusCode ?? 404, {
      "content-type": answer?.contentType ?? "text/plain",
    }).end(answer?.response);
  };
  return await withHttpServer(serve, async ({ host }) => {
    const url = options.tls ? `https://${host.replace(/.*:/, "registry.test:")}` : `http://${host}`;
    const root = await start(url, handlers, options);
    return await use({
      services: { fulcio: url, rekor: url, timestamp: url },
      runner: `${url}/token?api-version=2.0`,
      root: new TextEncoder().encode(JSON.stringify(root)),
      asked,
    });
  }, options.tls ? { tls: SERVER } : {});
}

/** Makes the services at an address. @returns the trusted root */
async function start(
  url: string,
  handlers: Handler[],
  { authorityTime, logTime }: SigstoreOptions,
): Promise<unknown> {
  const [ctKeys, caKeys, logKeys, tsaKeys]: readonly Keys[] = [
    newKeys(),
    newKeys(),
    newKeys(),
    newKeys(),
  ];
  if (!ctKeys || !caKeys || !logKeys || !tsaKeys) throw new Error("no keys");
  const ctlog = await mock.initializeCTLog(ctKeys);
  const ca = await mock.initializeCA(caKeys, ctlog, authorityTime);
  const log = await mock.initializeTLog(url, logKeys, logTime);
  const clock = new Date();
  const tsa = await mock.initializeTSA(tsaKeys, clock);
  const timestamps = mock.tsaHandler(tsa);
  const ahead = (logTime?.getTime() ?? Date.now()) - Date.now();
  const rekor = mock.rekorHandler(log);
  handlers.push(
    mock.fulcioHandler(ca),
    { ...rekor, fn: (body) => rekor.fn(asLogged(body)) },
    {
      ...timestamps,
      fn: (body) => {
        // Of fractions of seconds, sigstore's packages read those of three digits alone.
        clock.setTime(Math.floor((Date.now() + ahead) / 1000) * 1000);
        return timestamps.fn(body);
      },
    },
  );
  return {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [logOf(url, logKeys)],
    certificateAuthorities: [authorityOf(url, [ca.rootCertificate])],
    ctlogs: [logOf(url, ctKeys)],
    timestampAuthorities: [authorityOf(url, [tsa.intCertificate, tsa.rootCertificate])],
  };
}

const SINCE = { start: "2020-01-01T00:00:00Z" };

function logOf(baseUrl: string, { publicKey }: Keys): unknown {
  const key = publicKey.export({ format: "der", type: "spki" });
  return {
    baseUrl,
    hashAlgorithm: "SHA2_256",
    publicKey: {
      rawBytes: key.toString("base64"),
      keyDetails: "PKIX_ECDSA_P256_SHA_256",
      validFor: SINCE,
    },
    logId: { keyId: createHash("sha256").update(key).digest("base64") },
  };
}

function authorityOf(uri: string, chain: readonly ArrayBufferView[]): unknown {
  const certificates = chain.map(({ buffer, byteOffset, byteLength }) => ({
    rawBytes: Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString("base64"),
  }));
  return {
    subject: { organization: "tests", commonName: "tests" },
    uri,
    certChain: { certificates },
    validFor: SINCE,
  };
}
