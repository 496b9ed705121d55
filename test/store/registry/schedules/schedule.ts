import { fc } from "../../../support/properties.ts";
import type { Habits } from "../../../support/registry/habits.ts";
import { GRAPHS } from "./graphs.ts";
import { type Mishap, WEIGHTS } from "./mishaps.ts";

/** One command and all that goes wrong with it. Plain data: a failure prints it. */
export interface Schedule {
  readonly act: "push" | "pull" | "read" | "copy" | "mirror";
  readonly graph: string;
  /** Whether the tag is there before, on another image. */
  readonly tagged: boolean;
  readonly auth: Auth;
  readonly habits: Habits;
  readonly orders: readonly Order[];
}

export interface Auth {
  readonly scheme: "none" | "basic" | "bearer";
  /** What the user gives. */
  readonly login: "right" | "wrong" | "none";
  readonly publicPull: boolean;
  /** How many requests a token is good for; 0: without end. */
  readonly tokenUses: number;
}

export interface Order {
  /** Which registry of a `mirror`; the others have one. */
  readonly on: "source" | "destination";
  /** The kind of request: `PUT manifest`. */
  readonly where: string;
  readonly nth: number;
  readonly times: number;
  readonly mishap: Mishap;
}

const KINDS = [
  ...["HEAD manifest", "GET manifest", "PUT manifest", "HEAD blob", "GET blob"],
  ...["POST upload-start", "PUT upload", "PATCH upload", "GET upload"],
  ...["GET token", "GET storage", "PUT storage"],
];

const order: fc.Arbitrary<Order> = fc.record({
  on: fc.constantFrom("source", "destination"),
  where: fc.constantFrom(...KINDS),
  nth: fc.integer({ min: 1, max: 4 }),
  times: fc.oneof(
    { arbitrary: fc.constant(1), weight: 5 },
    { arbitrary: fc.integer({ min: 2, max: 4 }), weight: 2 },
    { arbitrary: fc.constant(1000), weight: 1 },
  ),
  mishap: fc.oneof(
    ...WEIGHTS.map(([weight, mishaps]) => ({ weight, arbitrary: fc.constantFrom(...mishaps) })),
  ),
});

const auth: fc.Arbitrary<Auth> = fc.record({
  scheme: fc.constantFrom("none", "basic", "bearer"),
  login: fc.oneof(
    { arbitrary: fc.constant("right" as const), weight: 8 },
    { arbitrary: fc.constantFrom("wrong" as const, "none" as const), weight: 1 },
  ),
  publicPull: fc.boolean(),
  tokenUses: fc.constantFrom(0, 0, 0, 1, 5),
});

/** Each habit is usual more often than not. */
const habits: fc.Arbitrary<Habits> = fc.record({
  referrersApi: fc.boolean(),
  absoluteLocations: fc.boolean(),
  immutableTags: seldom(true),
  lengthRequired: fc.boolean(),
  redirectBlobs: fc.boolean(),
  uploadsElsewhere: seldom(true),
  chunkMinimum: fc.constantFrom(3000, 8000),
  checksRanges: fc.boolean(),
  resumesUploads: fc.boolean(),
  servesRanges: fc.boolean(),
  mounts: fc.boolean(),
  heads: seldom(false),
  digestHeader: seldom(false),
  lag: fc.record({
    reads: fc.integer({ min: 1, max: 2 }),
    of: fc.subarray(["blob", "manifest", "tag", "part"] as const, { minLength: 1 }),
  }),
}, { requiredKeys: [] }) as fc.Arbitrary<Habits>;

function seldom(value: boolean): fc.Arbitrary<boolean> {
  return fc.constantFrom(value, !value, !value, !value, !value);
}

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  act: fc.constantFrom("push", "push", "push", "pull", "read", "copy", "mirror"),
  graph: fc.oneof(
    {
      arbitrary: fc.constantFrom(...Object.keys(GRAPHS).filter((name) => name !== "huge")),
      weight: 99,
    },
    { arbitrary: fc.constant("huge"), weight: 1 },
  ),
  tagged: fc.boolean(),
  auth,
  habits: fc.oneof({ arbitrary: fc.constant({}), weight: 1 }, { arbitrary: habits, weight: 2 }),
  orders: fc.array(order, { minLength: 1, maxLength: 6 }),
});
