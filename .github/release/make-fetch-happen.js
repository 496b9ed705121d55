// What bundles have in place of "make-fetch-happen", by which sigstore's packages ask their
// services: our own HTTP client, so that proxies and authorities are those of all else. Of its
// interface there is what @sigstore/sign and tuf-js use.
import { Buffer } from "node:buffer";
import { openNetwork } from "../../build/store/registry/http/network.ts";
import { RETRY } from "../../build/store/registry/http/retry.ts";
import { askService } from "../../build/store/registry/http/service.ts";

/** Bytes of an answer. The largest are TUF's targets, whose own limit is 5 MB. */
const LARGEST = 8 * 1024 * 1024;

let network;

export default async function fetch(address, { method = "GET", headers = {}, ...options } = {}) {
  const url = new URL(address);
  network ??= openNetwork();
  const { authorization, ...others } = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const { body } = options;
  const answer = await askService({
    method,
    url,
    headers: others,
    ...(body && { payload: typeof body === "string" ? new TextEncoder().encode(body) : body }),
  }, {
    task: `ask ${url.host}`,
    network,
    largest: LARGEST,
    retry: { ...RETRY, attempts: attemptsOf(options.retry) },
    ...(authorization && { authorization }),
    ...(options.timeout && { timeout: options.timeout }),
  });
  return responseOf(answer);
}

function attemptsOf(retry) {
  const retries = typeof retry === "object" ? retry?.retries : retry;
  return 1 + Number(retries ?? 0);
}

function responseOf({ url, status, headers, bytes }) {
  return {
    url: url.href,
    status,
    statusText: "",
    ok: status >= 200 && status < 300,
    headers,
    body: [bytes],
    buffer: () => Promise.resolve(Buffer.from(bytes)),
    json: () => Promise.resolve().then(() => JSON.parse(new TextDecoder().decode(bytes))),
  };
}
