import { type ErrorCode, PauseError } from "../../error.ts";
import { redacted } from "./http/redaction.ts";
import { type Answer, readUpTo, type Transport } from "./http/transport.ts";

/** What is known beside the answer itself. */
export interface Circumstances {
  /** Who answered. @default "the registry" */
  readonly who?: string;
  /** Whether a user's credential was sent along. */
  readonly loggedIn: boolean;
  /** The registry's host as `docker login` knows it. */
  readonly host?: string;
  /** Where the login in use is from. */
  readonly from?: string | undefined;
  /** Why no login was found. */
  readonly note?: string | undefined;
  /** What the request was for: "to the blob sha256:…". */
  readonly about?: string;
}

interface Meaning {
  /** The status, or the registry's own error code, which is tried first. */
  readonly of: readonly (number | string)[];
  readonly code: ErrorCode;
  /** `seconds`: how long the registry asks to be left alone. */
  readonly hint: (circumstances: Circumstances & { readonly seconds?: string }) => string;
}

/**
 * What the user can do, by the code of the distribution specification or by the status.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#error-codes
 */
const MEANINGS: readonly Meaning[] = [
  { of: ["UNAUTHORIZED", 401], code: "authentication", hint: logInHint },
  {
    of: ["DENIED", 403],
    code: "authentication",
    hint: (at) =>
      at.loggedIn
        ? `The login ${whichLogin(at)} has no right to do that; use another one.`
        : logInHint(at),
  },
  {
    of: ["TOOMANYREQUESTS", 429],
    code: "registry",
    hint: ({ loggedIn, seconds }) =>
      `Wait${seconds === undefined ? "" : ` ${seconds} seconds`} and run the command again${
        loggedIn ? "" : "; a login may raise the limit"
      }.`,
  },
  {
    of: ["NAME_UNKNOWN"],
    code: "registry",
    hint: () => "Check the repository's name; some registries want it created first.",
  },
  {
    of: ["NAME_INVALID"],
    code: "registry",
    hint: () => "That registry allows other names only; look up which.",
  },
  {
    of: ["MANIFEST_BLOB_UNKNOWN"],
    code: "registry",
    hint: () => "The registry lost a part that it had taken; run the command again.",
  },
  {
    of: ["DIGEST_INVALID"],
    code: "verification",
    hint: () => "Something on the way changes bytes.",
  },
  {
    of: ["MANIFEST_UNKNOWN", "BLOB_UNKNOWN", 404],
    code: "registry",
    hint: () => "Check the name.",
  },
  {
    of: ["SIZE_INVALID", 413],
    code: "registry",
    hint: () => "Raise the limit of the registry or of its proxy.",
  },
  { of: ["UNSUPPORTED", 405, 501], code: "registry", hint: () => "That registry cannot do this." },
  { of: [507], code: "registry", hint: () => "Free some of the registry's space." },
  {
    of: [408, 500, 502, 503, 504, 522],
    code: "registry",
    hint: () => "Its log says more; run the command again later.",
  },
];

function logInHint({ loggedIn, host, from, note }: Circumstances): string {
  const command = host === undefined ? "docker login" : `docker login ${host}`;
  if (loggedIn) {
    return `The login ${whichLogin({ from })} is wrong or has expired: "${command}" renews it.`;
  }
  const why = note === undefined ? "" : `${note} `;
  return `${why}Log in with "${command}" or set REGISTRY_AUTH_FILE.`;
}

function whichLogin({ from }: Pick<Circumstances, "from">): string {
  return from === undefined ? "in use" : `from ${from}`;
}

/** Bytes of an error's body that are read. */
const LONGEST_BODY = 16 * 1024;

/** What the body of an answer says of why it is no success. */
export interface Told {
  /** The codes of all its errors. */
  readonly codes: readonly string[];
  /** Of the first error. */
  readonly code?: string;
  /** Of the first error; what a proxy says in plain text. */
  readonly message?: string;
  /** All that was told, as text. */
  readonly text: string;
}

/** Reads the body of an answer that is no success. */
export async function toldBy({ body }: Answer): Promise<Told> {
  return readTold(new TextDecoder().decode(await readUpTo(body, LONGEST_BODY)));
}

/**
 * What an answer that is no success is to the user.
 *
 * @param told what its body says. @default it is read
 * @returns PauseError `authentication`, `verification` or `registry`
 */
export async function answerError(
  { task, secrets }: Transport,
  answer: Answer,
  circumstances: Circumstances,
  told?: Told,
): Promise<PauseError> {
  const { who = "the registry", about = "" } = circumstances;
  told ??= await toldBy(answer);
  const { code } = told;
  const meaning = MEANINGS.find(({ of }) => code !== undefined && of.includes(code)) ??
    MEANINGS.find(({ of }) => of.includes(answer.status));
  const words = redacted([told.code, told.message].filter(Boolean).join(": "), secrets);
  const detail = words === "" ? "" : ` (${words})`;
  const seconds = /^\d+$/.exec(answer.headers.get("retry-after") ?? "")?.[0];
  const hint = meaning?.hint({ ...circumstances, ...(seconds && { seconds }) }) ??
    "Its log says more.";
  return new PauseError(
    meaning?.code ?? "registry",
    `Cannot ${task}: ${who} answered ${answer.status}${about && ` ${about}`}${detail}. ${hint}`,
  );
}

/** Pages of HTML say nothing. */
function readTold(text: string): Told {
  try {
    const answer = JSON.parse(text);
    const errors: unknown[] = Array.isArray(answer?.errors) ? answer.errors : [answer];
    const texts = (key: "code" | "message"): string[] =>
      errors.map((error) => (error as Record<string, unknown> | null)?.[key])
        .filter((value) => typeof value === "string");
    const [codes, [message]] = [texts("code"), texts("message")];
    const [code] = codes;
    return { codes, text, ...(code !== undefined && { code }), ...(message && { message }) };
  } catch {
    const isPage = text.trimStart().startsWith("<");
    return { codes: [], text: isPage ? "" : text, ...(!isPage && { message: text }) };
  }
}
