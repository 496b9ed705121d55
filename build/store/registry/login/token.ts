import { PauseError } from "../../../error.ts";
import { joined } from "../../../oci/bytes.ts";
import { answerError, type Circumstances } from "../failure.ts";
import { send } from "../http/connection.ts";
import { redacted, shownAddress } from "../http/redaction.ts";
import { follow } from "../http/redirect.ts";
import { retrying } from "../http/retry.ts";
import { type Answer, drain, forDocument, type Transport } from "../http/transport.ts";
import { brokenConnection } from "../http/trouble.ts";
import type { Credential } from "./credentials.ts";
import { trustedRealm } from "./realm.ts";
import { addForms } from "./secrets.ts";
import { type Given, readGiven } from "./token-answer.ts";
import { type TokenRequest, type Way, waysToAsk } from "./token-request.ts";

/** Tokens are some kilobytes; what is longer is none. */
const LONGEST_ANSWER = 256 * 1024;

/**
 * Gets a token for the scopes, with the credential or anonymously.
 *
 * @param circumstances what an error has to say about the login
 * @throws PauseError `authentication` when the token server refuses, or may not be trusted with a
 * login; `registry` when it cannot be reached or gives no token
 */
export async function fetchToken(
  request: TokenRequest,
  credential: Credential | undefined,
  transport: Transport,
  circumstances: Circumstances,
): Promise<Given> {
  const realm = trustedRealm(request.realm, request.registry, transport);
  const who = `the token server ${redacted(shownAddress(realm), transport.secrets)}`;
  const ways = waysToAsk(realm, request, credential, transport.userAgent);
  const answer = await askInTurn(ways, transport);
  if (answer.bytes === undefined) {
    throw await answerError(transport, answer, { ...circumstances, who });
  }
  const given = readGiven(answer.bytes, answer.headers.get("date"));
  if (given === undefined) {
    throw new PauseError(
      "registry",
      `Cannot ${transport.task}: ${who} answered without a token. Tell those who run the registry.`,
    );
  }
  for (const secret of [given.token, given.refreshToken]) {
    if (secret !== undefined) addForms(secret, transport.secrets);
  }
  return given;
}

/** An answer with its body, when that is to have a token. */
interface Read extends Answer {
  readonly bytes?: Uint8Array;
}

async function askInTurn(
  [way, ...others]: readonly [Way, ...Way[]],
  transport: Transport,
): Promise<Read> {
  const answer = await ask(way, transport);
  const [next, ...rest] = others;
  if (next === undefined || !way.passOn.includes(answer.status)) return answer;
  await drain(answer);
  return await askInTurn([next, ...rest], transport);
}

async function ask({ request, authorization }: Way, transport: Transport): Promise<Read> {
  const { origin, host } = request.url;
  const hurried = forDocument(transport);
  const once = async (): Promise<Read> => {
    const answer = request.method === "POST"
      // What it carries is a login: it goes nowhere else.
      ? await send(request, hurried)
      : await follow(
        request,
        hurried,
        (url) => url.origin === origin ? authorization : undefined,
      );
    // One whose body breaks off is asked for again, too.
    return answer.status === 200 ? { ...answer, bytes: await start(answer) } : answer;
  };
  try {
    return await retrying(transport.retry, transport.signal, once, transport.network.spendRetry);
  } catch (error) {
    const task = `${transport.task} (at ${host}, its token server)`;
    throw brokenConnection({ ...transport, task }, error);
  }
}

async function start({ body }: Answer): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let count = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    count += chunk.length;
    if (count > LONGEST_ANSWER) break;
  }
  return joined(chunks, count);
}
