import { always, at, BASIC, BEARER, once, type Row, says, TRANSIENT } from "./row.ts";

const push = "push" as const;

/** The login of the row is the right one, and the token server is what fails. */
const LOGINS: readonly Row[] = [
  ...TRANSIENT.flatMap(([fault, what]) => [
    {
      act: push,
      fault: `${fault}, once`,
      where: "GET token",
      order: once(what),
      habits: BEARER,
      expect: "success" as const,
    },
    {
      act: push,
      fault: `${fault}, always`,
      where: "GET token",
      order: always(what),
      habits: BEARER,
      expect: "registry" as const,
    },
  ]),
  {
    act: push,
    fault: "cut after 10 bytes of the answer, once",
    where: "GET token",
    order: once({ cutAfter: 10 }),
    habits: BEARER,
    expect: "success",
  },
  {
    act: push,
    fault: "401 UNAUTHORIZED",
    where: "GET token",
    order: always(says(401, "UNAUTHORIZED")),
    habits: BEARER,
    expect: "authentication",
    message: /the token server .* answered 401/,
  },
  {
    act: push,
    fault: "no token, but 200",
    where: "GET token",
    order: always({ status: 200, body: new TextEncoder().encode("{}") }),
    habits: BEARER,
    expect: "registry",
    message: /answered without a token/,
  },
  ...[
    'Bearer realm="file:///tmp?s3cret"',
    'Bearer realm="http://user:s3cret@registry.test/?s3cret"',
  ].map((challenge): Row => ({
    act: push,
    fault: `401 with ${challenge.slice(0, 20)}…`,
    where: "HEAD manifest",
    order: always({ status: 401, headers: { "www-authenticate": challenge } }),
    expect: "authentication",
    message: /wants logins to go to/,
  })),
  ...at(["POST upload-start", "PUT manifest"], {
    act: push,
    fault: "401 that repeats the request",
    order: always({ echo: 401 }),
    habits: BASIC,
    expect: "authentication",
    message: /\[secret\]/,
  }),
];

const HABITS: readonly Row[] = ([
  ["relative addresses", { absoluteLocations: false }],
  ["no HEAD", { heads: false }],
  ["no mounts", { mounts: false }],
  ["no digests in answers", { digestHeader: false }],
  ["uploads need a length", { lengthRequired: true }],
  ["blobs are seen after one read", { lag: { reads: 1, of: ["blob"] } }],
  ["manifests are seen after one read", { lag: { reads: 1, of: ["manifest"] } }],
  ["tags are seen after one read", { lag: { reads: 1, of: ["tag"] } }],
  ["parts of manifests are seen after one try", { lag: { reads: 1, of: ["part"] } }],
] as const).map(([fault, habits]) => ({
  act: push,
  fault,
  where: "PUT manifest",
  order: { fault: { delay: 0 } },
  habits,
  expect: "success",
}));

/** Pushes to registries that ask for logins, or have habits of their own. */
export const SETTING_ROWS: readonly Row[] = [...LOGINS, ...HABITS];
