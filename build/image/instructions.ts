import { posix } from "node:path";
import { didYouMean } from "../did-you-mean.ts";
import type { PauseError } from "../error.ts";
import { readCopy, readOwner } from "./copy-instruction.ts";
import type { Change, Draft } from "./draft.ts";
import type { Instruction } from "./dockerfile.ts";
import { type Place, refuse } from "./place.ts";
import { expand, readJson, readPairs, type Scope, splitBlanks, splitWords } from "./words.ts";

/** An instruction, and all that it is understood with. */
export interface Reading {
  readonly instruction: Instruction;
  readonly draft: Draft;
  readonly scope: Scope;
  /** The values of ARGs that the caller gives. */
  readonly given: Readonly<Record<string, string>>;
  /** The values of ARGs before FROM. */
  readonly inherited: ReadonlyMap<string, string>;
}

/** Writes into the draft what the instruction says; gives the change that it makes to the files, if any. */
type Reader = (reading: Reading) => Change | undefined;

/** @see https://docs.docker.com/reference/dockerfile/ */
export const INSTRUCTIONS: Readonly<Record<string, Reader>> = {
  ARG: readArguments,
  ENV: readVariables,
  LABEL: ({ instruction, draft, scope }) => store(draft.labels, readPairs(instruction.rest, scope)),
  ADD: ({ instruction, draft, scope }) => readCopy(instruction, scope, draft),
  COPY: ({ instruction, draft, scope }) => readCopy(instruction, scope, draft),
  USER: ({ instruction, draft, scope }) => void (draft.user = one(instruction, scope)),
  WORKDIR: readWorkdir,
  ENTRYPOINT: readEntrypoint,
  CMD: ({ instruction, draft }) => void (draft.cmd = command(instruction, draft)),
  STOPSIGNAL: readStopSignal,
  EXPOSE: readPorts,
  VOLUME: readVolumes,
};

/** The flags that are done. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  ADD: ["chown", "chmod"],
  COPY: ["chown", "chmod"],
};

/** Why what other builders do is not done here. */
const NOT_DONE: Readonly<Record<string, string>> = {
  FROM: "a second FROM needs another stage",
  HEALTHCHECK: "HEALTHCHECK has no place in an OCI image",
  MAINTAINER: 'MAINTAINER is now LABEL org.opencontainers.image.authors="…"',
  ONBUILD: "ONBUILD has no place in an OCI image",
  RUN: "RUN needs a container, and the embedded builder runs nothing",
  SHELL: "SHELL serves RUN, and the embedded builder runs nothing",
};

/**
 * Reads one instruction into the draft.
 * @throws PauseError `dockerfile` with `path:line` when it is wrong, unknown, or not done here
 */
export function readInstruction(reading: Reading): Change | undefined {
  const { instruction: { keyword, flags, rest, place } } = reading;
  const reader = INSTRUCTIONS[keyword];
  if (reader === undefined) throw unknown(keyword, place);
  for (const [name, value] of flags) {
    if (value === undefined || FLAGS[keyword]?.includes(name) !== true) {
      throw refuse(place, `${keyword} --${name} is not done here`, elsewhere(place));
    }
  }
  if (rest === "") throw refuse(place, `${keyword} says nothing`, "Write what it is to be.");
  return reader(reading);
}

function unknown(keyword: string, place: Place): PauseError {
  const known = NOT_DONE[keyword];
  if (known !== undefined) return refuse(place, known, elsewhere(place));
  const hint = didYouMean(keyword, [...Object.keys(INSTRUCTIONS), ...Object.keys(NOT_DONE)]);
  return refuse(place, `there is no instruction "${keyword}"`, hint.trim() || "Correct it.");
}

/** What to do about an instruction that only other builders do. */
export function elsewhere({ path }: Place): string {
  return `Take it out, or build with another builder: ENGINE=buildah, or docker build -f ${path} .`;
}

function store(map: Map<string, string>, pairs: readonly (readonly [string, string])[]): undefined {
  for (const [name, value] of pairs) map.set(name, value);
}

/** To Windows, Path and PATH are one variable. */
function readVariables({ instruction, draft: { env, os }, scope }: Reading): undefined {
  const pairs = readPairs(instruction.rest, scope);
  const same = (one: string, other: string): boolean => one.toUpperCase() === other.toUpperCase();
  for (const [name] of os === "windows" ? pairs : []) {
    for (const known of [...env.keys()]) if (same(known, name)) env.delete(known);
  }
  store(env, pairs);
}

/** The rest of the line as one value. */
function one({ keyword, rest, place }: Instruction, scope: Scope): string {
  const value = expand(rest, scope);
  if (value === "") throw refuse(place, `${keyword} says nothing`, "Write what it is to be.");
  return value;
}

function readArguments({ instruction, draft, scope, given, inherited }: Reading): undefined {
  const values = splitWords(instruction.rest, scope.escape).map((word) => {
    const [, name = word, preset] = /^([^=]*)=([^]*)$/.exec(word) ?? [];
    const own = preset === undefined ? inherited.get(name) : expand(preset, scope);
    return [name, Object.hasOwn(given, name) ? given[name] : own] as const;
  });
  for (const [name, value] of values) if (value !== undefined) draft.args.set(name, value);
}

function readWorkdir({ instruction, draft, scope }: Reading): Change {
  const { place } = instruction;
  if (draft.os === "windows") {
    throw refuse(place, "WORKDIR is not done for Windows", elsewhere(place));
  }
  draft.workdir = posix.resolve(draft.workdir, one(instruction, scope));
  return {
    kind: "folder",
    place,
    target: draft.workdir,
    // As BuildKit and buildah do; Docker before BuildKit left it to root.
    owner: readOwner(draft.user ?? "0", place),
  };
}

/** What the base runs is no argument of ours, unless CMD says so. */
function readEntrypoint({ instruction, draft }: Reading): undefined {
  draft.entrypoint = command(instruction, draft);
  if (!draft.commands.has("CMD")) draft.cmd = [];
}

/** JSON is the command; anything else is a line for a shell, with its variables left to that. */
function command(
  { keyword, rest, place }: Instruction,
  { os, commands }: Draft,
): readonly string[] {
  commands.add(keyword);
  const words = readJson(rest, place);
  if (words !== undefined) return words;
  if (os !== "windows") return ["/bin/sh", "-c", rest];
  throw refuse(place, `${keyword} for cmd.exe is not done here`, `Write ["one", "two"].`);
}

/** @see https://man7.org/linux/man-pages/man7/signal.7.html */
const SIGNALS: ReadonlySet<string> = new Set(
  ("HUP INT QUIT ILL TRAP ABRT IOT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CLD CONT STOP " +
    "TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO POLL PWR SYS UNUSED RTMIN RTMAX").split(" "),
);

function readStopSignal({ instruction, draft, scope }: Reading): undefined {
  const signal = one(instruction, scope);
  const [, number] = /^(\d{1,2})$/.exec(signal) ?? [];
  const [, name = ""] =
    /^(?:SIG)?([A-Z\d]+?)(?:(?<=RTM..)[+-]\d{1,2})?$/.exec(signal.toUpperCase()) ?? [];
  if (Number(number) >= 1 && Number(number) <= 64 || SIGNALS.has(name)) draft.stopSignal = signal;
  else {throw refuse(
      instruction.place,
      `there is no signal "${signal}"`,
      "Write one such as SIGTERM.",
    );}
}

/** Docker writes a range out port by port. */
function readPorts({ instruction, draft, scope }: Reading): undefined {
  for (const word of splitBlanks(expand(instruction.rest, scope))) {
    const [, first, last = first, protocol = "tcp"] =
      /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(word) ?? [];
    if (first === undefined || Number(first) > Number(last) || Number(last) > 65535) {
      throw refuse(
        instruction.place,
        `"${word}" is no port`,
        "Write one such as 80, 53/udp or 90-92.",
      );
    }
    for (let port = Number(first); port <= Number(last); port++) {
      draft.ports.add(`${port}/${protocol.toLowerCase()}`);
    }
  }
}

function readVolumes({ instruction: { rest, place }, draft, scope }: Reading): undefined {
  for (const word of readJson(rest, place) ?? splitBlanks(rest)) {
    const path = expand(word, scope);
    if (path === "") throw refuse(place, "a volume has no path", "Write where it is to be.");
    draft.volumes.add(path);
  }
}
