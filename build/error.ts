/** What went wrong, by kind. Every kind has its own exit code, see {@link EXIT_CODES}. */
export type ErrorCode =
  | "internal"
  | "usage"
  | "toolchain"
  | "compile"
  | "dockerfile"
  | "storage"
  | "registry"
  | "authentication"
  | "verification"
  | "partial"
  | "unsigned"
  | "unknown"
  | "interrupted";

/**
 * The process exit code of each kind of error. 0 is success; 2 is free for what is no error, as diff has 1.
 * 130 is the shell's convention for a program ended by SIGINT.
 */
export const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  internal: 1,
  usage: 3,
  toolchain: 4,
  compile: 5,
  dockerfile: 6,
  storage: 7,
  registry: 8,
  authentication: 9,
  verification: 10,
  partial: 11,
  unsigned: 12,
  unknown: 13,
  interrupted: 130,
};

/** A place in one of the user's files that an error is about. */
export interface Where {
  /** The file's path, as the user named it or below the working directory. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units, as editors count. Undefined: all of the line. */
  readonly column?: number;
  /** What is wrong there. */
  readonly message: string;
}

/** What an error may know beyond its message. */
export interface PauseErrorOptions extends ErrorOptions {
  /** The places that it is about. @default none */
  readonly where?: readonly Where[];
}

/**
 * The one error that this software throws on purpose.
 *
 * The message says what was being done, to what, what was found, and what to do next. It never
 * holds a secret. `cause` keeps the error underneath.
 */
export class PauseError extends Error {
  /** What tells it from other errors where classes cannot be compared. */
  override readonly name = "PauseError";
  /** The kind of it, which decides on the exit code. */
  readonly code: ErrorCode;
  /** The places in the user's files that it is about, which an editor or a CI can point at. */
  readonly where: readonly Where[];

  /**
   * Makes the error; throwing it is the caller's.
   *
   * @param code the kind, which also decides the exit code
   * @param message a sentence: "Cannot <do> <what>: <what was found>. <What to do next>"
   */
  constructor(code: ErrorCode, message: string, options: PauseErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.where = options.where ?? [];
  }
}

/** The text of anything thrown, for use inside another message. */
export function reason(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The `code` of a system error (`ENOENT`, `EACCES`, …), or undefined for any other value. */
export function systemCode(thrown: unknown): string | undefined {
  const code = (thrown as { code?: unknown } | null)?.code;
  return thrown instanceof Error && typeof code === "string" ? code : undefined;
}
