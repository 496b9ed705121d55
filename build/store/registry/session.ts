import { setTimeout as sleep } from "node:timers/promises";
import { PauseError } from "../../error.ts";
import { DOCUMENT_LIMIT } from "../../oci/json.ts";
import type { Repository } from "../../oci/reference.ts";
import { readAll } from "../verified.ts";
import { answerError, type Told } from "./failure.ts";
import { asksForLogin } from "./login/challenge.ts";
import { type Login, type LoginOptions, loginTo } from "./login/login.ts";
import { follow } from "./http/redirect.ts";
import { backOff, retrying } from "./http/retry.ts";
import {
  type Answer,
  drain,
  forDocument,
  type Outgoing,
  type Transport,
} from "./http/transport.ts";
import { brokenConnection } from "./http/trouble.ts";
import { BUDGET } from "./http/troubles.ts";

/** One store's dealings with its registry. */
export interface Session {
  readonly repository: Repository;
  /** `/v2/` of the registry. */
  readonly root: URL;
  readonly transport: Transport;
  readonly login: Login;
  /** Whether only what the specification calls so says that something is not there. */
  readonly strictAbsence?: boolean;
}

/** Sets a session up. Nothing is sent before there is something to ask. */
export function sessionWith(options: LoginOptions): Session {
  const { repository, registry, transport } = options;
  return { repository, root: registry, transport, login: loginTo(options) };
}

/** The address of what `path` names in the repository: `manifests/3.10`, `blobs/sha256:…`. */
export function addressOf({ root, repository }: Session, path: string): URL {
  return new URL(`${repository.repository}/${path}`, root);
}

/**
 * Sends a request, logs in when the registry asks, and tries again as the transport's rules say.
 *
 * @returns the answer, whatever its status
 * @throws PauseError `registry` when there was none; `authentication` when the login failed;
 * `interrupted`; what the payload's source throws
 */
export async function exchange(session: Session, request: Outgoing): Promise<Answer> {
  return await persistently(session, () => attempt(session, request));
}

/**
 * Whether an answer says that there is no such manifest. A web page may come from somebody else than
 * the registry, which a strict session does not take for its word.
 */
export function saysAbsent({ strictAbsence }: Session, answer: Answer): boolean {
  return answer.status === 404 && !(strictAbsence && isWebPage(answer));
}

/** Whether an answer is made for people's eyes. */
export function isWebPage({ headers }: Answer): boolean {
  return /^text\/html\b/i.test(headers.get("content-type") ?? "");
}

/** An answer with its body, when that is what was asked for. */
export interface Fetched extends Answer {
  /** Missing when the status is not 200; the body is then unread. */
  readonly bytes?: Uint8Array;
}

/**
 * Gets a document: an answer whose body breaks off is asked for again, too.
 * @throws PauseError as {@link exchange} does; `verification` when it is too long
 */
export async function getDocument(
  session: Session,
  url: URL,
  headers: Readonly<Record<string, string>> = {},
): Promise<Fetched> {
  const hurried = { ...session, transport: forDocument(session.transport) };
  return await persistently(session, async () => {
    const answer = await attempt(hurried, { method: "GET", url, headers });
    if (answer.status !== 200) return answer;
    return { ...answer, bytes: await wholeBody(session, answer) };
  });
}

async function wholeBody(session: Session, { body }: Answer): Promise<Uint8Array> {
  try {
    return body === null ? new Uint8Array() : await readAll(body);
  } catch (error) {
    if (!(error instanceof PauseError)) throw error;
    throw lie(session, `the registry's answer is longer than ${DOCUMENT_LIMIT} bytes`);
  }
}

/** Makes attempts, of one request or of several that only make sense together, as {@link exchange} does. */
export async function persistently<Got extends Answer>(
  { transport }: Session,
  work: () => Promise<Got>,
): Promise<Got> {
  try {
    return await retrying(transport.retry, transport.signal, work, transport.network.spendRetry);
  } catch (error) {
    throw brokenConnection(transport, error);
  }
}

/**
 * Waits before something that is none of {@link exchange}'s own attempts is tried again.
 * @param made how often it was tried, ≥ 1
 * @throws PauseError `interrupted`
 */
export async function waitAfter({ transport }: Session, made: number): Promise<void> {
  const { retry, signal, network } = transport;
  try {
    if (!network.spendRetry()) throw new Error(`${BUDGET} one more is needed`);
    await sleep(backOff(made, retry), undefined, signal && { signal });
  } catch (error) {
    throw brokenConnection(transport, error);
  }
}

/** Sends a request once, and once more after a login. Throws what {@link exchange} knows how to name. */
export async function attempt(session: Session, request: Outgoing): Promise<Answer> {
  const { login } = session;
  const used = await login.current();
  const answer = await sendAs(session, request, used);
  // Only the registry itself may ask for its login, not where it sends us.
  if (!asksForLogin(answer) || answer.url.origin !== session.root.origin) return answer;
  const renewed = await login.answer(answer.headers.get("www-authenticate"), used);
  if (renewed === undefined) return answer;
  await drain(answer);
  return await sendAs(session, request, renewed);
}

function sendAs(
  { root, transport }: Session,
  request: Outgoing,
  authorization: string | undefined,
): Promise<Answer> {
  return follow(
    request,
    transport,
    ({ origin }) => origin === root.origin ? authorization : undefined,
  );
}

/**
 * The error for an answer that is no success.
 * @param about what the request was for: "to the blob sha256:…"
 * @param told what the body says. @default it is read
 */
export async function refusal(
  { transport, login, repository }: Session,
  answer: Answer,
  about?: string,
  told?: Told,
): Promise<PauseError> {
  const found = login.found();
  const circumstances = {
    loggedIn: found?.credential !== undefined,
    from: found?.from,
    note: found?.note,
    host: repository.host,
    ...(about !== undefined && { about }),
  };
  return await answerError(transport, answer, circumstances, told);
}

/** The error for a registry that says one thing and gives another. */
export function lie({ transport }: Session, found: string): PauseError {
  return new PauseError(
    "verification",
    `Cannot ${transport.task}: ${found}. Do not trust that registry before its owners have explained it.`,
  );
}

/** The error for an answer that the specification does not know. */
export function oddAnswer({ transport }: Session, found: string, cause?: unknown): PauseError {
  return new PauseError(
    "registry",
    `Cannot ${transport.task}: ${found}. Check that this is a registry, and tell those who run it.`,
    cause === undefined ? undefined : { cause },
  );
}
