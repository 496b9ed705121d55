import { join } from "node:path";
import { readIfThere, writeWhole } from "../host/files.ts";
import { digestText } from "./digests.ts";

/** One thing that a target makes. */
export interface Making<Result> {
  /** The name of its stamp: `bin/.stamps/<name>.json`. */
  readonly name: string;
  /** The folder of the stamps' `bin/`. */
  readonly directory: string;
  /** Finds out all that the result depends on; must go into JSON, with a fixed order of keys. */
  readonly ingredients: () => Promise<unknown>;
  /** Whether what `make` left, and described as `result`, is still there, byte for byte. */
  readonly intact: (result: Result) => Promise<boolean>;
  /** Makes it. The description of what it made must go into JSON. */
  readonly make: () => Promise<Result>;
}

interface Stamp<Result> {
  readonly key: string;
  readonly result: Result;
}

/** What there is now. */
export interface Outcome<Result> {
  readonly result: Result;
  /** Whether it was made now, and not before. */
  readonly made: boolean;
}

/**
 * Makes a thing, unless the last run made it of the same ingredients and it is still there.
 * Content decides, never a time: a touched file makes nothing anew, a changed byte does.
 */
export async function freshOrMade<Result>(
  making: Making<Result>,
): Promise<Outcome<Result>> {
  const last = await lastMade(making);
  return last === undefined
    ? { result: await makeAnew(making), made: true }
    : { result: last, made: false };
}

/** Makes a thing, whether or not it is there. */
export async function makeAnew<Result>(making: Making<Result>): Promise<Result> {
  // Of what it is made is found out meanwhile.
  const key = keyOf(making);
  // A failure of it is met below, after the making.
  key.catch(() => {});
  const stamp: Stamp<Result> = { result: await making.make(), key: await key };
  await writeWhole(stampPath(making), JSON.stringify(stamp));
  return stamp.result;
}

/** What the last run made, if it still holds. */
export async function lastMade<Result>(
  making: Omit<Making<Result>, "make">,
): Promise<Result | undefined> {
  const stamp = await readStamp<Result>(stampPath(making));
  if (stamp === undefined || stamp.key !== await keyOf(making)) return undefined;
  return await making.intact(stamp.result) ? stamp.result : undefined;
}

function stampPath({ directory, name }: Pick<Making<unknown>, "directory" | "name">): string {
  return join(directory, "bin", ".stamps", `${name}.json`);
}

async function keyOf({ ingredients }: Pick<Making<unknown>, "ingredients">): Promise<string> {
  return digestText(JSON.stringify(await ingredients()));
}

/** A stamp that cannot be read is no stamp: the thing is made anew. */
async function readStamp<Result>(path: string): Promise<Stamp<Result> | undefined> {
  const bytes = await readIfThere(path);
  if (bytes === undefined) return undefined;
  try {
    const stamp = JSON.parse(new TextDecoder().decode(bytes)) as Stamp<Result> | null;
    return stamp ?? undefined;
  } catch {
    return undefined;
  }
}
