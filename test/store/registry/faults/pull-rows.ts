import {
  flipped,
  lengthened,
  replaced,
  shortened,
  withHeaders,
  without,
} from "../../../support/registry/alterations.ts";
import { always, at, BASIC, once, type Row, says, TRANSIENT } from "./row.ts";

const KINDS = ["GET manifest", "GET blob"];
const pull = "pull" as const;
const page = new TextEncoder().encode("<html><body>Log in first</body></html>");

const FOR_A_TIME: readonly Row[] = TRANSIENT.flatMap(([fault, what]) => [
  ...at(KINDS, { act: pull, fault: `${fault}, once`, order: once(what), expect: "success" }),
  ...at(KINDS, {
    act: pull,
    fault: `${fault}, three times`,
    order: { fault: what, times: 3 },
    expect: "success",
  }),
  ...at(KINDS, {
    act: pull,
    fault: `${fault}, always`,
    order: always(what),
    expect: "registry",
    message: /the registry answered \d+ to |the connection broke\. Run the command again/,
  }),
]);

const REFUSED: readonly Row[] = [
  ...at(KINDS, {
    act: pull,
    fault: "401 without a challenge",
    order: always({ status: 401 }),
    expect: "authentication",
    message: /answered 401/,
  }),
  ...at(KINDS, {
    act: pull,
    fault: "403 DENIED",
    order: always(says(403, "DENIED")),
    expect: "authentication",
    message: /answered 403/,
  }),
  {
    act: pull,
    fault: "404",
    where: "GET manifest",
    order: always(says(404, "MANIFEST_UNKNOWN")),
    expect: "registry",
    message: /has no manifest "3\.10" there/,
  },
  {
    act: pull,
    fault: "404",
    where: "GET blob",
    order: always(says(404, "BLOB_UNKNOWN")),
    expect: "registry",
    message: /has no blob sha256:/,
  },
];

const BROKEN: readonly Row[] = [
  ...at(KINDS, {
    act: pull,
    fault: "cut after 40 bytes of the answer, once",
    order: once({ cutAfter: 40 }),
    expect: "success",
  }),
  {
    act: pull,
    fault: "cut after 40 bytes, and no ranges, once",
    where: "GET blob",
    order: once({ cutAfter: 40 }),
    habits: { servesRanges: false },
    expect: "success",
  },
  ...at(KINDS, {
    act: pull,
    fault: "cut before the first byte of the answer, always",
    order: always({ cutAfter: 0 }),
    expect: "registry",
    message: /the connection broke/,
  }),
  ...at(KINDS, {
    act: pull,
    fault: "no answer, ever",
    order: always({ silence: true }),
    expect: "registry",
    message: /it stopped answering/,
  }),
  ...at(KINDS, {
    act: pull,
    fault: "slow: 40 bytes every 5 ms",
    order: once({ drip: 40, every: 5 }),
    expect: "success",
  }),
  ...at(KINDS, {
    act: pull,
    fault: "late by 60 ms",
    order: once({ delay: 60 }),
    expect: "success",
  }),
];

const LIES: readonly Row[] = [
  ...at(KINDS, {
    act: pull,
    fault: "one bit is another",
    order: always({ alter: flipped(50) }),
    expect: "verification",
  }),
  ...at(KINDS, {
    act: pull,
    fault: "the last bytes are missing, and the length agrees",
    order: always({ alter: shortened(90) }),
    expect: "verification",
  }),
  ...at(KINDS, {
    act: pull,
    fault: "bytes too many, and the length agrees",
    order: always({ alter: lengthened(1) }),
    expect: "verification",
  }),
  {
    act: pull,
    fault: "a web page in its place, with 200",
    where: "GET blob",
    order: always({ alter: replaced(page) }),
    expect: "verification",
  },
  {
    act: pull,
    fault: "a web page in its place, with 200",
    where: "GET manifest",
    order: always({ status: 200, headers: { "content-type": "text/html" }, body: page }),
    expect: "registry",
    message: /text\/html where a manifest was asked for/,
  },
  {
    act: pull,
    fault: "another digest in its header",
    where: "GET manifest",
    order: always({ alter: withHeaders({ "docker-content-digest": `sha256:${"0".repeat(64)}` }) }),
    expect: "verification",
  },
  {
    act: pull,
    fault: "a header with a digest that is none",
    where: "GET manifest",
    order: always({ alter: withHeaders({ "docker-content-digest": "sha256:x" }) }),
    expect: "verification",
  },
  {
    act: pull,
    fault: "another type in its header",
    where: "GET manifest",
    order: always({
      alter: withHeaders({ "content-type": "application/vnd.oci.image.manifest.v1+json" }),
    }),
    expect: "verification",
    message: /that calls itself/,
  },
  ...at(KINDS, {
    act: pull,
    fault: "no digest, no type in the header",
    order: always({ alter: without("docker-content-digest", "content-type") }),
    expect: "success",
  }),
];

const ELSEWHERE: readonly Row[] = [
  ...([301, 302, 303, 307, 308] as const).flatMap((status) =>
    at(KINDS, {
      act: pull,
      fault: `${status} to another origin`,
      order: once({ redirect: "elsewhere", status }),
      habits: BASIC,
      expect: "success",
    })
  ),
  ...at(KINDS, {
    act: pull,
    fault: "307 in a circle",
    order: always({ redirect: "circle" }),
    expect: "registry",
    message: /redirected more than/,
  }),
  ...["file:///etc/passwd", "gopher://127.0.0.1/"].map((address): Row => ({
    act: pull,
    fault: `307 to ${address.slice(0, 7)}…`,
    where: "GET blob",
    order: always({ redirect: new URL(address) }),
    expect: "registry",
    message: /to an address that is not https/,
  })),
  {
    act: pull,
    fault: "307 without saying where to",
    where: "GET blob",
    order: always({ status: 307 }),
    expect: "registry",
    message: /without saying where to/,
  },
  ...TRANSIENT.map(([fault, what]): Row => ({
    act: pull,
    fault: `${fault}, once`,
    where: "GET storage",
    order: once(what),
    habits: { ...BASIC, redirectBlobs: true },
    expect: "success",
  })),
  {
    act: pull,
    fault: "one bit is another",
    where: "GET storage",
    order: always({ alter: flipped() }),
    habits: { ...BASIC, redirectBlobs: true },
    expect: "verification",
  },
];

const LISTS: readonly Row[] = (["list tags", "list referrers"] as const).flatMap((act) => {
  const where = act === "list tags" ? "GET tags" : "GET referrers";
  return [
    ...TRANSIENT.flatMap(([fault, what]): Row[] => [
      { act, fault: `${fault}, once`, where, order: once(what), expect: "success" },
      { act, fault: `${fault}, always`, where, order: always(what), expect: "registry" },
    ]),
    {
      act,
      fault: "cut after 10 bytes of the answer, once",
      where,
      order: once({ cutAfter: 10 }),
      expect: "success",
    },
    {
      act,
      fault: "307 to another origin",
      where,
      order: once({ redirect: "elsewhere" }),
      expect: "success",
    },
    {
      act,
      fault: "403 DENIED",
      where,
      order: always(says(403, "DENIED")),
      expect: "authentication",
    },
    {
      act,
      fault: "500 on the second page",
      where,
      order: { fault: { status: 500 }, nth: 2, times: 99 },
      habits: { pageLimit: 1 },
      expect: "registry",
    },
    {
      act,
      fault: "no list, but 200",
      where,
      order: always({ status: 200, body: page }),
      expect: "registry",
      message: /the registry's list of (tags|referrers) is none/,
    },
  ];
});

export const PULL_ROWS: readonly Row[] = [
  FOR_A_TIME,
  REFUSED,
  BROKEN,
  LIES,
  ELSEWHERE,
  LISTS,
].flat();
