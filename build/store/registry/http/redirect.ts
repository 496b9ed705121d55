import { PauseError } from "../../../error.ts";
import { sentAddress } from "./endpoint.ts";
import { send } from "./connection.ts";
import { redacted, shownAddress } from "./redaction.ts";
import { type Answer, drain, type Outgoing, type Transport } from "./transport.ts";

const MOST_HOPS = 5;

/**
 * Sends a request and follows where it is sent to. Each hop gets the Authorization that belongs to
 * its own origin, which mostly is none: storage behind a registry must not see its login.
 *
 * @param authorize the header for an address, or undefined
 * @throws PauseError `registry` when it is sent in circles, or from https to http
 */
export async function follow(
  request: Outgoing,
  transport: Transport,
  authorize: (url: URL) => string | undefined,
): Promise<Answer> {
  let url = request.url;
  for (let hops = 0; hops <= MOST_HOPS; hops++) {
    const authorization = authorize(url);
    const headers = { ...request.headers, ...(authorization !== undefined && { authorization }) };
    const answer = await send({ ...request, url, headers }, transport);
    if (!isRedirect(answer.status, request.method)) return answer;
    await drain(answer);
    url = nextHop(answer, transport);
  }
  throw new PauseError(
    "registry",
    `Cannot ${transport.task}: ${
      shownAddress(request.url)
    } was redirected more than ${MOST_HOPS} times. Tell those who run the registry.`,
  );
}

/** 301, 302 and 303 turn other methods into GET, which nothing here is meant to become. */
function isRedirect(status: number, method: Outgoing["method"]): boolean {
  if (status === 307 || status === 308) return true;
  return [301, 302, 303].includes(status) && (method === "GET" || method === "HEAD");
}

function nextHop({ url, headers, status }: Answer, { task, secrets }: Transport): URL {
  const location = headers.get("location");
  const next = location === null ? undefined : sentAddress(url, location);
  if (next !== undefined) return next;
  const found = location === null ? "without saying where to" : "to an address that is not https";
  throw new PauseError(
    "registry",
    `Cannot ${task}: ${
      redacted(shownAddress(url), secrets)
    } redirects (${status}) ${found}. Tell those who run the registry.`,
  );
}
