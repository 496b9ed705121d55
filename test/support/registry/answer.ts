/** A request, whole. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
  /** The origin that was asked, such as `http://127.0.0.1:5000`. */
  readonly origin: string;
}

/** What is going to be sent back. Content-Length is that of the body unless the headers have one. */
export interface Answered {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export function json(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answered {
  const body = new TextEncoder().encode(JSON.stringify(value));
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
    body,
  };
}

/** @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#error-codes */
export function failure(
  status: number,
  code: string,
  message: string = code.toLowerCase(),
): Answered {
  return json(status, { errors: [{ code, message }] });
}

/** What web servers say when no part of the API is meant. */
export function text(
  status: number,
  words: string,
  headers: Readonly<Record<string, string>> = {},
): Answered {
  const body = new TextEncoder().encode(words);
  return { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers }, body };
}
