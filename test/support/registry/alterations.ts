/** Changes of an answer, for the fault `{ alter }`. */

import type { Answered } from "./answer.ts";

type Alteration = (answer: Answered) => Answered;

/** One bit of the body is another; its length stays. */
export function flipped(at = 0): Alteration {
  return (answer) => {
    const body = answer.body?.slice() ?? new Uint8Array();
    if (at < body.length) body[at] = (body[at] ?? 0) ^ 1;
    return { ...answer, body };
  };
}

/** The body ends early, and Content-Length agrees. */
export function shortened(length: number): Alteration {
  return (answer) => ({ ...answer, body: answer.body?.subarray(0, length) ?? new Uint8Array() });
}

/** The body has spaces too many, which JSON allows, and Content-Length agrees. */
export function lengthened(by: number): Alteration {
  return (answer) => {
    const body = new Uint8Array((answer.body?.length ?? 0) + by).fill(32);
    body.set(answer.body ?? []);
    return { ...answer, body };
  };
}

/** Content-Length says that there are so many bytes more, or less, than there are. */
export function announcing(more: number): Alteration {
  return (answer) =>
    withHeaders({ "content-length": `${Math.max(0, (answer.body?.length ?? 0) + more)}` })(answer);
}

/** A body in place of the right one. */
export function replaced(body: Uint8Array): Alteration {
  return (answer) => ({ ...answer, body });
}

/** Headers beside or in place of the right ones; names in lower case. */
export function withHeaders(headers: Readonly<Record<string, string>>): Alteration {
  return (answer) => ({ ...answer, headers: { ...answer.headers, ...headers } });
}

/** The answer lacks headers; names in lower case. */
export function without(...names: readonly string[]): Alteration {
  return (answer) => ({
    ...answer,
    headers: Object.fromEntries(
      Object.entries(answer.headers ?? {}).filter(([name]) => !names.includes(name)),
    ),
  });
}

/** The request has its effect, and the answer denies it. */
export function denied(status: number): Alteration {
  return () => ({ status });
}
