import { inspect } from "node:util";
import { PauseError } from "../../../../build/error.ts";
import type { Logged } from "../../../support/registry.ts";
import { SIGNATURE } from "../../../support/registry/habits.ts";
import { type Ended, isRight, type Side, TAG } from "./carry-out.ts";
import { OLD } from "./graphs.ts";
import { passes } from "./mishaps.ts";

/** What became of a schedule, and all that is bad about it. */
export interface Verdict {
  /** `success`, or the code of the error. */
  readonly outcome: string;
  /** What the error says, or nothing. */
  readonly message: string;
  readonly complaints: readonly string[];
  /** How many requests there were, and how many of them a fault hit. */
  readonly requests: number;
  readonly hits: number;
}

/** Codes with which a registry's trouble may end a command. */
const CODES = ["registry", "authentication", "verification", "interrupted"];

export function judge(ended: Ended): Verdict {
  const { error } = ended;
  const log = logOf(ended);
  return {
    outcome: error === undefined ? "success" : error instanceof PauseError ? error.code : "bug",
    message: error instanceof Error ? error.message : "",
    complaints: [
      ...(isUnnamed(ended) ? [] : ended.wrong.map((digest) => `wrong bytes of ${digest}`)),
      ...(error === undefined ? [] : complaintsAbout(error, ended)),
      ...tagComplaints(ended),
      ...leaks(ended),
      ...(error !== undefined && mustSucceed(ended) ? ["it could have succeeded"] : []),
    ],
    requests: log.length,
    hits: log.filter(({ fault }) => fault !== undefined).length,
  };
}

function sidesOf({ source, destination }: Ended): Side[] {
  return source === destination ? [source] : [source, destination];
}

function logOf(ended: Ended): Logged[] {
  return sidesOf(ended).flatMap(({ registry }) => registry.log);
}

/** An error says what was being done, with whom, what was found and what to do. */
function complaintsAbout(error: unknown, ended: Ended): string[] {
  if (!(error instanceof PauseError)) return [`no PauseError: ${inspect(error)}`];
  const { code, message } = error;
  const hosts = sidesOf(ended).map(({ registry }) => registry.host);
  const isClear = code === "interrupted"
    ? /^Stopped .+\.$/.test(message)
    : /^Cannot .+: .+\. .+\.$/.test(message) && message.length < 900 &&
      hosts.some((host) => message.includes(host));
  const stopped = ended.schedule.orders.some(({ mishap }) => mishap === "Ctrl-C");
  return [
    ...(isClear ? [] : ["the message is not clear"]),
    ...(CODES.includes(code) && (stopped || code !== "interrupted") ? [] : [`the code ${code}`]),
  ];
}

/** The tag is where it was, or on an image that is whole; and no other tag is there. */
function tagComplaints(ended: Ended): string[] {
  const { written, destination, schedule, graph, error } = ended;
  if (written === undefined) return [];
  const { registry } = destination;
  const repository = registry.repositories.get(written);
  const tags = [...repository?.tags ?? []];
  const strangers = tags.filter(([tag]) => tag !== TAG).map(([tag]) => `there is a tag ${tag}`);
  const now = repository?.tags.get(TAG);
  const before = schedule.tagged ? OLD.root.descriptor.digest : undefined;
  if (now === before) {
    return [...strangers, ...(error === undefined ? ["success, and the tag was not moved"] : [])];
  }
  if (now !== graph.root.descriptor.digest) return isUnnamed(ended) ? [] : [`the tag names ${now}`];
  const missing = graph.contents.map(({ descriptor }) => descriptor.digest).filter((digest) =>
    !isRight(
      graph,
      digest,
      repository?.blobs.get(digest) ?? repository?.manifests.get(digest)?.bytes,
    )
  ).map((digest) => `the tag was moved, and ${digest} is not there`);
  // Only a registry that stores what it then denies, or does not say what it stored, may leave the
  // new tag behind an error.
  const denied = schedule.habits.digestHeader === false ||
    registry.log.some((entry) =>
      entry.fault !== undefined && entry.method === "PUT" && entry.path.endsWith(`/${TAG}`)
    );
  const moved = error !== undefined && !denied && !isLate(error)
    ? ["an error, and the tag was moved"]
    : [];
  return [...strangers, ...missing, ...moved];
}

/** Whoever asks such a registry for a tag has to believe it. */
function isUnnamed({ schedule: { act, habits } }: Ended): boolean {
  return act !== "push" && habits.digestHeader === false;
}

function leaks(ended: Ended): string[] {
  return [...strays(ended), ...spoken(ended)];
}

/** Logins that went to where they do not belong. */
function strays(ended: Ended): string[] {
  return sidesOf(ended).flatMap(({ registry, username, password }) => {
    const own = btoa(`${username}:${password}`);
    const wrong = btoa(`${username}:wrong-${password}`);
    return registry.log.flatMap(({ host, route, path, headers: { authorization } }) => {
      if (authorization === undefined) return [];
      const basic = /^Basic (.*)$/.exec(String(authorization))?.[1];
      const isOurs = basic === undefined || basic === own || basic === wrong;
      if (!isOurs) return [`the login ${atob(basic)} came with ${route}, to ${host}`];
      // The token server and the storage are one origin.
      if (route === "token" || /^\/storage\b.*\/token$/.test(path)) {
        return basic === undefined ? ["a token came to the token server"] : [];
      }
      return host === registry.host ? [] : [`a login came to the storage, with ${route}`];
    });
  });
}

/** Secrets that the error shows, in whatever way it is printed. */
function spoken(ended: Ended): string[] {
  const { error } = ended;
  if (error === undefined) return [];
  const shown = [
    inspect(error, { depth: 9, showHidden: true }),
    String(error),
    JSON.stringify(error),
  ]
    .join("\n");
  const passwords = sidesOf(ended).flatMap(({ username, password }) => [
    password,
    btoa(`${username}:${password}`),
    btoa(`${username}:wrong-${password}`),
  ]);
  const secrets = ["s3cret", SIGNATURE.split("=")[1] ?? "", "state=", ...passwords];
  const tokens = shown.match(/token-[0-9a-f]{8,}/g) ?? [];
  return [...secrets.filter((secret) => shown.includes(secret)), ...tokens]
    .map((secret) => `the error shows ${secret}`);
}

/** On a busy machine answers may come later than they are waited for. */
function isLate(error: unknown): boolean {
  return error instanceof Error && /stopped answering|in time/.test(error.message);
}

/** Whether nothing happened but what passes, and less often than we try. */
function mustSucceed(ended: Ended): boolean {
  const { schedule: { auth, habits, tagged }, error } = ended;
  const hits = logOf(ended).filter(({ fault }) => fault !== undefined);
  const faults = hits.flatMap(({ fault }) => fault === undefined ? [] : [fault]);
  // A refusal that breaks off does not say whether it was for good.
  const isUnreadable = hits.some(({ fault, status }) =>
    status >= 400 && "cutAfter" in (fault ?? {})
  );
  return !isUnreadable && faults.every(passes) && faults.length < 4 && !isLate(error) &&
    (auth.scheme === "none" || auth.login === "right" && auth.tokenUses === 0) &&
    !(habits.immutableTags === true && tagged);
}
