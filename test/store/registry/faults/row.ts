import type { ErrorCode } from "../../../../build/error.ts";
import type { RegistryOptions } from "../../../support/registry.ts";
import { failure } from "../../../support/registry/answer.ts";
import type { Fault, FaultOrder } from "../../../support/registry/faults.ts";

/** What a registry does to one push, pull, copy or listing, and what is to become of it. */
export interface Row {
  readonly act: Act;
  /** What happens, in words. */
  readonly fault: string;
  /** The request that it happens to: `PUT manifest`. With several, one after the other. */
  readonly where: string;
  readonly order: Omit<FaultOrder, "route" | "method">;
  readonly habits?: RegistryOptions;
  readonly expect: "success" | ErrorCode;
  /** What the message says. */
  readonly message?: RegExp;
  /** Whether an error leaves the new tag behind: the registry took it, and denies that. @default false */
  readonly tagged?: boolean;
}

export type Act = "push" | "pull" | "copy" | "list tags" | "list referrers";

export const ALWAYS = 1000;

/** What the user has, for registries that ask for it. */
export const LOGIN = { username: "pause", password: "correct-horse" } as const;

export const BASIC: RegistryOptions = { auth: { scheme: "basic", ...LOGIN } };
export const BEARER: RegistryOptions = { auth: { scheme: "bearer", ...LOGIN } };

/** The answers, and ways to give none, after which the same request may succeed. */
export const TRANSIENT: readonly (readonly [words: string, fault: Fault])[] = [
  ["408", { status: 408 }],
  ["429", { status: 429, headers: { "retry-after": "0" } }],
  ["500", { status: 500 }],
  ["502 with a web page", {
    status: 502,
    headers: { "content-type": "text/html" },
    body: new TextEncoder().encode("<html><body>Bad gateway</body></html>"),
  }],
  ["503", { status: 503, headers: { "retry-after": "0" } }],
  ["504", { status: 504 }],
  ["522", { status: 522 }],
  ["connection cut before it counts", { reset: "before" }],
  ["connection cut after it counted", { reset: "after" }],
];

/** What a registry says with a status and one of its codes. */
export function says(status: number, code: string, headers = {}): Fault {
  const answer = failure(status, code, "words of the registry");
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

/** The rows of one fault at several kinds of requests. */
export function at(
  wheres: readonly string[],
  row: Omit<Row, "where">,
): readonly Row[] {
  return wheres.map((where) => ({ ...row, where }));
}

/** The first request of a kind meets the fault. */
export function once(fault: Fault): Row["order"] {
  return { fault };
}

export function always(fault: Fault): Row["order"] {
  return { fault, times: ALWAYS };
}
