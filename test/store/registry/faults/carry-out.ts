import { inspect } from "node:util";
import { copy } from "../../../../build/copy/copy.ts";
import type { Content } from "../../../../build/oci/descriptor.ts";
import { memoryStore } from "../../../../build/store/memory.ts";
import type { Store } from "../../../../build/store/store.ts";
import { type SampleImage, sampleImage, sampleIndex } from "../../../support/images.ts";
import { type TestRegistry, withRegistry } from "../../../support/registry.ts";
import { SIGNATURE } from "../../../support/registry/habits.ts";
import { type HeldRepository, holding } from "../../../support/registry/held.ts";
import type { Route } from "../../../support/registry/route.ts";
import { all } from "../../put.ts";
import { known, openStore, REPOSITORY } from "../open.ts";
import { type Act, LOGIN, type Row } from "./row.ts";

export const TAG = "3.10";
const DESTINATION = "k8s/copy";
/** Milliseconds without an answer: soon for rows whose registry is silent, late on a busy machine. */
const IDLE = { silent: 1_000, busy: 20_000 };

interface Graph {
  readonly root: Content;
  readonly contents: readonly Content[];
}

/** One layer is too large to be sent rather than asked for. */
const NEW = graphOf([sampleImage(2, { layerSize: 20_000 }), sampleImage(3)]);
const OLD = graphOf([sampleImage(1)]);
const REFERRERS = [4, 5].map((seed) => sampleImage(seed, { subject: NEW.root }).manifest);

function graphOf(images: readonly SampleImage[]): Graph {
  const root = sampleIndex(images);
  const below = images.flatMap(({ layer, config, manifest }) => [layer, config, manifest]);
  return { root, contents: [...below, root] };
}

/** What became of a row. */
export interface Outcome {
  /** What was thrown; undefined when it succeeded. */
  readonly error: unknown;
  /** What the tag at the destination names now. */
  readonly tag: "old" | "new" | "none" | "another";
  /** What is wrong with what arrived, when it succeeded. */
  readonly wrong: readonly string[];
  /** Where a secret went that may not go there. */
  readonly leaks: readonly string[];
  /** How many requests the fault hit. */
  readonly hits: number;
}

/** Has the row's fault happen to what the row does. */
export async function carryOut(row: Row): Promise<Outcome> {
  return await withRegistry(row.habits ?? {}, async (registry) => {
    const { repositories } = registry;
    repositories.set(REPOSITORY, row.act === "push" ? held(OLD) : held(NEW));
    if (row.act === "copy") repositories.set(DESTINATION, held(OLD));
    const [method, route] = row.where.split(" ") as [string, Route];
    registry.fault({ method, route, ...row.order });
    const memory = memoryStore("memory", row.act === "push" ? NEW.contents : []);
    let [error, wrong]: [unknown, readonly string[]] = [undefined, []];
    try {
      const idleTimeout = IDLE["silence" in row.order.fault ? "silent" : "busy"];
      const open: Open = (repository = REPOSITORY) =>
        openStore(registry, { idleTimeout, credentials: known(LOGIN) }, repository);
      wrong = await ACTS[row.act](open, registry, memory);
    } catch (thrown) {
      error = thrown;
    }
    const tag = tagOf(registry, row.act);
    const hits = registry.log.filter(({ fault }) => fault !== undefined).length;
    return { error, wrong, tag, hits, leaks: leaksIn(registry, error) };
  });
}

function held({ root, contents }: Graph): HeldRepository {
  return holding([...contents, ...REFERRERS], { [TAG]: root, other: root });
}

/** A repository of the registry. */
type Open = (repository?: string) => Store;
type Do = (open: Open, registry: TestRegistry, memory: Store) => Promise<string[]>;

/** What is done, and then what is wrong with what arrived. */
const ACTS: Readonly<Record<Act, Do>> = {
  push: async (open, registry, memory) => {
    await copy(memory, NEW.root.descriptor.digest, open(), { tags: [TAG] });
    return missingIn(registry, REPOSITORY);
  },
  pull: async (open, _registry, memory) => {
    await copy(open(), TAG, memory, { tags: [TAG] });
    const found = await Promise.all(NEW.contents.map((part) => isIn(memory, part)));
    return NEW.contents.filter((_, at) => !found[at]).map(({ descriptor }) => descriptor.digest);
  },
  copy: async (open, registry) => {
    await copy(open(), TAG, open(DESTINATION), { tags: [TAG] });
    return missingIn(registry, DESTINATION);
  },
  "list tags": async (open) => differing(await all(open().tags()), [TAG, "other"]),
  "list referrers": async (open) => {
    const listed = await all(open().referrers(NEW.root.descriptor.digest));
    const expected = REFERRERS.map(({ descriptor }) => descriptor.digest);
    return differing(listed.map(({ digest }) => digest), expected);
  },
};

/** Stores check what they take: what is there has the right bytes. */
async function isIn(store: Store, { descriptor }: Content): Promise<boolean> {
  return await store.hasBlob(descriptor);
}

function missingIn({ repositories }: TestRegistry, name: string): string[] {
  const repository = repositories.get(name);
  return NEW.contents.flatMap(({ descriptor: { digest }, bytes }) => {
    const found = repository?.blobs.get(digest) ?? repository?.manifests.get(digest)?.bytes;
    return isSame(found, bytes) ? [] : [digest];
  });
}

function isSame(found: Uint8Array | undefined, bytes: Uint8Array): boolean {
  return found?.length === bytes.length && bytes.every((byte, at) => found[at] === byte);
}

function differing(found: readonly string[], expected: readonly string[]): string[] {
  return `${found}` === `${expected}` ? [] : [`${found} in place of ${expected}`];
}

function tagOf({ repositories }: TestRegistry, act: Act): Outcome["tag"] {
  const digest = repositories.get(act === "copy" ? DESTINATION : REPOSITORY)?.tags.get(TAG);
  if (digest === undefined) return "none";
  if (digest === NEW.root.descriptor.digest) return "new";
  return digest === OLD.root.descriptor.digest ? "old" : "another";
}

/** Logins that went to another origin, and secrets in an error. */
function leaksIn({ log, host }: TestRegistry, error: unknown): string[] {
  const strays = log.filter((entry) =>
    entry.host !== host && entry.route !== "token" && entry.authorization !== undefined
  );
  const shown = inspect(error, { depth: 9 });
  const { username, password } = LOGIN;
  const login = [password, btoa(`${username}:${password}`)];
  const secrets = [SIGNATURE, SIGNATURE.split("=")[1] ?? "", "s3cret", "state=", ...login];
  return [
    ...strays.map(({ method, path }) => `the login, with ${method} ${path}`),
    ...secrets.filter((secret) => shown.includes(secret)).map((secret) =>
      `${secret}, in the error`
    ),
  ];
}
