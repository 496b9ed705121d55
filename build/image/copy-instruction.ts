import { posix } from "node:path";
import type { CopyChange, Draft, Owner } from "./draft.ts";
import type { Instruction } from "./dockerfile.ts";
import { type Place, refuse } from "./place.ts";
import { expand, readJson, type Scope, splitBlanks } from "./words.ts";

const ROOT: Owner = { uid: 0, gid: 0 };

/**
 * Understands ADD and COPY: `[--chown=UID[:GID]] [--chmod=MODE] SOURCE… TARGET`, or the same as JSON.
 *
 * @param draft whose workdir a relative target is relative to
 * @throws PauseError `dockerfile` for a source that is no file of the context, for names where only
 * numbers say who is meant, and for what there is not on Windows
 * @see https://docs.docker.com/reference/dockerfile/#copy
 */
export function readCopy(
  { keyword, flags, rest, place }: Instruction,
  scope: Scope,
  { workdir, os }: Pick<Draft, "workdir" | "os">,
): CopyChange {
  const words = (readJson(rest, place) ?? splitBlanks(rest)).map((word) => expand(word, scope));
  const target = words.pop() ?? "";
  if (words.length === 0 || target === "") {
    throw refuse(
      place,
      `${keyword} needs a source and a target`,
      `Write ${keyword} SOURCE TARGET.`,
    );
  }
  const sources = words.map((word) => readSource(word, place));
  const intoFolder = target === "." || target.endsWith("/");
  if (sources.length > 1 && !intoFolder) {
    throw refuse(place, `${sources.length} sources cannot all become ${target}`, "End it with /.");
  }
  const { chown, chmod } = Object.fromEntries(flags);
  if (os === "windows") requireWindows(target, flags, place);
  return {
    kind: "copy",
    place,
    sources,
    target: posix.resolve(workdir, target),
    intoFolder,
    owner: chown === undefined ? ROOT : readOwner(expand(chown, scope), place),
    ...(chmod !== undefined && { mode: readMode(expand(chmod, scope), place) }),
    unpacks: keyword === "ADD",
  };
}

/** A path of Windows, written as those of Linux: the drive goes without saying. */
function requireWindows(target: string, flags: Instruction["flags"], place: Place): void {
  const [flag] = flags[0] ?? [];
  if (flag !== undefined) {
    throw refuse(place, `--${flag} means nothing on Windows`, "Leave it out.");
  }
  if (target.startsWith("/") && !/[\\:*?"<>|]/.test(target)) return;
  throw refuse(
    place,
    `the target "${target}" is no path that is the same everywhere`,
    "Write /Windows/System32/x for C:\\Windows\\System32\\x.",
  );
}

/** Forms of a source that other builders know and this one does not. */
const FOREIGN: readonly (readonly [form: RegExp, found: string])[] = [
  [/^$/, "is empty"],
  [/^<</, "is a here-document"],
  [/^(?:[a-z][a-z\d+.-]*:\/\/|git@)/i, "is an address, and nothing is fetched"],
  [/[*?[]/, "is a pattern"],
  [/\0/, "holds a zero byte"],
];

function readSource(source: string, place: Place): string {
  const found = FOREIGN.find(([form]) => form.test(source))?.[1];
  if (found !== undefined) {
    throw refuse(
      place,
      `the source "${source}" ${found}`,
      "Name files and folders of the context.",
    );
  }
  // As with every builder, "/x" is x in the context, not on this machine.
  const path = posix.normalize(`./${source}`).replace(/(?<=.)\/$/, "");
  if (path !== ".." && !path.startsWith("../")) return path;
  throw refuse(
    place,
    `the source "${source}" is outside of the context`,
    "Copy it into the context.",
  );
}

/** The largest user and group number that Linux has. */
const MAX_ID = 2 ** 32 - 2;

/**
 * Reads `UID` or `UID:GID`; a UID alone is the GID as well.
 * @throws PauseError `dockerfile` for names: an image from scratch has no list of users to look them up in
 */
export function readOwner(text: string, place: Place): Owner {
  const [, user, group = user] = /^(\d+)(?::(\d+))?$/.exec(text) ?? [];
  const owner = { uid: Number(user), gid: Number(group) };
  if (owner.uid <= MAX_ID && owner.gid <= MAX_ID) return owner;
  throw refuse(place, `the owner "${text}" is no UID[:GID]`, "Write numbers, such as 65535:65535.");
}

function readMode(text: string, place: Place): number {
  if (/^0*[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8);
  throw refuse(place, `the mode "${text}" is not octal`, "Write digits, such as 0755.");
}
