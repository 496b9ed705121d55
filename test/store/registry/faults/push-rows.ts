import { failure } from "../../../support/registry/answer.ts";
import { denied, withHeaders, without } from "../../../support/registry/alterations.ts";
import { ALWAYS, always, at, BASIC, once, type Row, says, TRANSIENT } from "./row.ts";

/** All kinds of requests that a push makes. */
const KINDS = [
  ...["HEAD manifest", "HEAD blob", "POST upload-start", "PUT upload", "PUT manifest"],
];
const push = "push" as const;

const FOR_A_TIME: readonly Row[] = TRANSIENT.flatMap(([fault, what]) => [
  ...at(KINDS, { act: push, fault: `${fault}, once`, order: once(what), expect: "success" }),
  ...at(KINDS, {
    act: push,
    fault: `${fault}, three times`,
    order: { fault: what, times: 3 },
    expect: "success",
  }),
]);

const FOR_EVER: readonly Row[] = TRANSIENT.slice(0, 8).flatMap(([fault, what]) =>
  at(["HEAD blob", "PUT upload", "PUT manifest"], {
    act: push,
    fault: `${fault}, always`,
    order: always(what),
    expect: "registry",
    message: /the registry answered \d+ to the|the connection broke\. Run the command again/,
  })
);

const REFUSED: readonly Row[] = [
  ...([[401, "UNAUTHORIZED"], [403, "DENIED"]] as const).flatMap(([status, code]) =>
    at(["HEAD blob", "PUT upload", "PUT manifest"], {
      act: push,
      fault: `${status} ${code}`,
      order: always(says(status, code)),
      expect: "authentication",
      message: new RegExp(`answered ${status} .*Log in with "docker login`),
    })
  ),
  ...([
    [400, "MANIFEST_INVALID", "registry", /answered 400 .*MANIFEST_INVALID/],
    [404, "NAME_UNKNOWN", "registry", /NAME_UNKNOWN.*want it created first/],
    [405, "UNSUPPORTED", "registry", /That registry cannot do this/],
    [409, "TAG_IMMUTABLE", "registry", /answered 409 .*TAG_IMMUTABLE/],
    [413, "SIZE_INVALID", "registry", /answered 413 .*Raise the limit/],
    [501, "UNSUPPORTED", "registry", /That registry cannot do this/],
    [507, "UNKNOWN", "registry", /Free some of the registry's space/],
  ] as const).map(([status, code, expect, message]): Row => ({
    act: push,
    fault: `${status} ${code}`,
    where: "PUT manifest",
    order: always(says(status, code)),
    expect,
    message,
  })),
  {
    act: push,
    fault: "404 NAME_UNKNOWN",
    where: "POST upload-start",
    order: always(says(404, "NAME_UNKNOWN")),
    expect: "registry",
    message: /NAME_UNKNOWN.*want it created first/,
  },
  {
    act: push,
    fault: "404: the upload is forgotten",
    where: "PUT upload",
    order: always(says(404, "BLOB_UPLOAD_UNKNOWN")),
    expect: "registry",
    message: /answered 404 to the blob sha256:/,
  },
  {
    act: push,
    fault: "400 DIGEST_INVALID: a blob arrives changed",
    where: "PUT upload",
    order: always(says(400, "DIGEST_INVALID")),
    expect: "verification",
    message: /DIGEST_INVALID.*Something on the way changes bytes/,
  },
  {
    act: push,
    fault: "413, before the body was read",
    where: "PUT upload",
    order: always({ ...failure(413, "SIZE_INVALID"), early: true }),
    expect: "registry",
    message: /answered 413 .*Raise the limit/,
  },
  {
    act: push,
    fault: "400: the registry lost a part",
    where: "PUT manifest",
    order: always(says(400, "MANIFEST_BLOB_UNKNOWN")),
    expect: "registry",
    message: /MANIFEST_BLOB_UNKNOWN.*run the command again/,
  },
  {
    act: push,
    fault: "too many requests for longer than anyone waits",
    where: "HEAD blob",
    order: once(says(429, "TOOMANYREQUESTS", { "retry-after": "3600" })),
    expect: "registry",
    message: /answered 429 .*Wait 3600 seconds/,
  },
];

const BROKEN: readonly Row[] = [
  ...at(["PUT upload", "PUT manifest"], {
    act: push,
    fault: "connection cut after 20 bytes of the request",
    order: once({ cutUpload: 20 }),
    expect: "success",
  }),
  ...at(["PUT upload", "PUT manifest"], {
    act: push,
    fault: "connection always cut after 20 bytes of the request",
    order: always({ cutUpload: 20 }),
    expect: "registry",
    message: /the connection broke/,
  }),
  ...at(KINDS, {
    act: push,
    fault: "late by 60 ms",
    order: once({ delay: 60 }),
    expect: "success",
  }),
  ...at(["PUT upload", "PUT manifest"], {
    act: push,
    fault: "no answer, ever",
    order: always({ silence: true }),
    expect: "registry",
    message: /it stopped answering/,
  }),
  {
    act: push,
    fault: "stored, and denied with 500, once",
    where: "PUT upload",
    order: once({ alter: denied(500) }),
    expect: "success",
  },
  {
    act: push,
    fault: "stored, and denied with 500, once",
    where: "PUT manifest",
    order: once({ alter: denied(500) }),
    expect: "success",
  },
  {
    act: push,
    fault: "stored, and always denied with 500",
    where: "PUT manifest",
    order: { fault: { alter: denied(500) }, nth: 3, times: ALWAYS },
    expect: "registry",
    message: /answered 500/,
    tagged: true,
  },
];

const LIES: readonly Row[] = [
  {
    act: push,
    fault: "another digest than was sent",
    where: "PUT manifest",
    order: once({ alter: withHeaders({ "docker-content-digest": `sha256:${"0".repeat(64)}` }) }),
    expect: "verification",
    message: /was expected, and the registry answered with sha256:0000/,
  },
  ...at(["PUT upload", "PUT manifest"], {
    act: push,
    fault: "no digest in the answer",
    order: always({ alter: without("docker-content-digest") }),
    expect: "success",
  }),
  {
    act: push,
    fault: "201 without a digest, and nothing stored",
    where: "PUT manifest",
    order: { fault: { status: 201 }, nth: 3 },
    expect: "registry",
    message: /the registry took the manifest "3\.10", and has sha256:/,
  },
  {
    act: push,
    fault: "202 without an address",
    where: "POST upload-start",
    order: always({ status: 202 }),
    expect: "registry",
    message: /gave no address to upload to/,
  },
  ...["file:///tmp/?s3cret", "ftp://127.0.0.1/?s3cret", "http://[?s3cret"].map((location): Row => ({
    act: push,
    fault: `202 with the address ${location.slice(0, 8)}…`,
    where: "POST upload-start",
    order: always({ status: 202, headers: { location } }),
    expect: "registry",
    message: /an address that is not https to upload to/,
  })),
];

const ELSEWHERE: readonly Row[] = [
  ...at(["HEAD manifest", "HEAD blob", "PUT upload", "PUT manifest"], {
    act: push,
    fault: "307 to another origin",
    order: once({ redirect: "elsewhere" }),
    habits: BASIC,
    expect: "success",
  }),
  ...at(["HEAD blob", "PUT upload", "PUT manifest"], {
    act: push,
    fault: "307 in a circle",
    order: always({ redirect: "circle" }),
    expect: "registry",
    message: /redirected more than/,
  }),
  ...at(["PUT upload", "PUT manifest"], {
    act: push,
    fault: "302, which would make a GET of it",
    order: always({ redirect: "elsewhere", status: 302 }),
    habits: BASIC,
    expect: "registry",
    message: /answered 302/,
  }),
  {
    act: push,
    fault: "uploads at another origin",
    where: "PUT storage",
    order: { fault: { delay: 0 } },
    habits: { ...BASIC, uploadsElsewhere: true },
    expect: "success",
  },
];

export const PUSH_ROWS: readonly Row[] = [
  FOR_A_TIME,
  FOR_EVER,
  REFUSED,
  BROKEN,
  LIES,
  ELSEWHERE,
].flat();
