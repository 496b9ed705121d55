import { randomBytes } from "node:crypto";
import { OWNER, OWNER_PATTERN } from "./owner.ts";

const TEMPORARY = new RegExp(`^(.+)\\.(${OWNER_PATTERN})-[0-9a-f]{12}\\.tmp$`);

/** A new name beside `path` for what takes its place when it is complete. */
export function temporaryName(path: string): string {
  return `${path}.${OWNER}-${randomBytes(6).toString("hex")}.tmp`;
}

/** What a temporary name tells. */
export interface Temporary {
  /** The name that the file was to take. */
  readonly becoming: string;
  /** The name of the process that made it. */
  readonly owner: string;
}

/** Reads a name that {@link temporaryName} made; undefined for any other. */
export function readTemporary(name: string): Temporary | undefined {
  const [, becoming, owner] = TEMPORARY.exec(name) ?? [];
  return becoming !== undefined && owner !== undefined ? { becoming, owner } : undefined;
}
