import { inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ErrorCode } from "../../../build/error.ts";
import type { Store } from "../../../build/store/store.ts";
import { failsWith } from "../../support/fails.ts";
import { sampleImage } from "../../support/images.ts";
import { type TestRegistry, withRegistry } from "../../support/registry.ts";
import { failure } from "../../support/registry/answer.ts";
import type { FaultOrder } from "../../support/registry/faults.ts";
import { putImage, readBlob } from "../put.ts";
import { openStore } from "./open.ts";

const OLD = sampleImage(1);
const NEW = sampleImage(2);

/** What a registry does to one push or pull, and what becomes of it. */
interface Case {
  readonly name: string;
  readonly order: FaultOrder;
  readonly expect: "success" | { readonly code: ErrorCode; readonly message: RegExp };
}

const page = new TextEncoder().encode("<html><body>Bad gateway</body></html>");
const always = 1000;

function answers(status: number, code: string): FaultOrder["fault"] {
  return failure(status, code, "words of the registry");
}

const TRANSIENT: readonly FaultOrder["fault"][] = [
  { status: 408 },
  { status: 429, headers: { "retry-after": "0" } },
  { status: 500 },
  { status: 502, headers: { "content-type": "text/html" }, body: page },
  { status: 503, headers: { "retry-after": "0" } },
  { status: 504 },
  { status: 522 },
  { reset: "before" },
  { reset: "after" },
];

const PUSH_ROUTES = ["HEAD blob", "POST upload-start", "PUT upload", "PUT manifest"];

function split(kind: string): Pick<FaultOrder, "method" | "route"> {
  const [method, route] = kind.split(" ") as [string, FaultOrder["route"]];
  return { method, route };
}

function nameOf(fault: FaultOrder["fault"]): string {
  if ("status" in fault) return `status ${fault.status}`;
  if ("reset" in fault) return `a connection cut ${fault.reset} the request counts`;
  return "cutAfter" in fault ? "a body cut short" : "another fault";
}

const PUSH: readonly Case[] = [
  ...TRANSIENT.flatMap((fault) =>
    PUSH_ROUTES.map((kind): Case => ({
      name: `${nameOf(fault)} once at ${kind}`,
      order: { ...split(kind), fault },
      expect: "success",
    }))
  ),
  ...TRANSIENT.slice(0, 7).map((fault): Case => ({
    name: `${nameOf(fault)} always at PUT manifest`,
    order: { ...split("PUT manifest"), times: always, fault },
    expect: { code: "registry", message: /the registry answered \d+ to the manifest "3\.10"/ },
  })),
  {
    name: "connections always cut at PUT upload",
    order: { ...split("PUT upload"), times: always, fault: { reset: "before" } },
    expect: { code: "registry", message: /: the connection broke\. Run the command again\./ },
  },
  {
    name: "401 without a challenge",
    order: { ...split("PUT manifest"), times: always, fault: answers(401, "UNAUTHORIZED") },
    expect: { code: "authentication", message: /answered 401 .*Log in with "docker login/ },
  },
  {
    name: "403",
    order: { ...split("POST upload-start"), fault: answers(403, "DENIED") },
    expect: { code: "authentication", message: /answered 403 .*DENIED: words of the registry/ },
  },
  {
    name: "404 for the repository",
    order: { ...split("POST upload-start"), fault: answers(404, "NAME_UNKNOWN") },
    expect: { code: "registry", message: /NAME_UNKNOWN.*want it created first/ },
  },
  {
    name: "an upload that is forgotten",
    order: { ...split("PUT upload"), times: always, fault: answers(404, "BLOB_UPLOAD_UNKNOWN") },
    expect: { code: "registry", message: /answered 404 to the blob sha256:/ },
  },
  {
    name: "a blob that arrives changed",
    order: { ...split("PUT upload"), fault: answers(400, "DIGEST_INVALID") },
    expect: { code: "verification", message: /DIGEST_INVALID.*Something on the way changes bytes/ },
  },
  {
    name: "a blob that is too large",
    order: { ...split("PUT upload"), fault: { status: 413 } },
    expect: { code: "registry", message: /answered 413 .*Raise the limit/ },
  },
  {
    name: "a manifest whose parts are missing",
    order: { ...split("PUT manifest"), fault: answers(400, "MANIFEST_BLOB_UNKNOWN") },
    expect: { code: "registry", message: /MANIFEST_BLOB_UNKNOWN.*run the command again/ },
  },
  {
    name: "a tag that may not be moved",
    order: { ...split("PUT manifest"), fault: answers(409, "TAG_IMMUTABLE") },
    expect: { code: "registry", message: /answered 409 .*TAG_IMMUTABLE/ },
  },
  {
    name: "too many requests for longer than anyone waits",
    order: {
      ...split("HEAD blob"),
      fault: { ...failure(429, "TOOMANYREQUESTS"), headers: { "retry-after": "3600" } },
    },
    expect: { code: "registry", message: /answered 429 .*Wait 3600 seconds/ },
  },
  {
    name: "an upload without an address",
    order: { ...split("POST upload-start"), fault: { status: 202 } },
    expect: { code: "registry", message: /gave no address to upload to/ },
  },
  {
    name: "an upload to an address that is none",
    order: {
      ...split("POST upload-start"),
      fault: { status: 202, headers: { location: "file:///tmp/?s3cret" } },
    },
    expect: { code: "registry", message: /an address that is not https to upload to/ },
  },
];

const PULL: readonly Case[] = [
  ...TRANSIENT.flatMap((fault) =>
    ["GET manifest", "GET blob"].map((kind): Case => ({
      name: `${nameOf(fault)} once at ${kind}`,
      order: { ...split(kind), fault },
      expect: "success",
    }))
  ),
  {
    name: "a manifest cut short once",
    order: { ...split("GET manifest"), fault: { cutAfter: 40 } },
    expect: "success",
  },
  {
    name: "a manifest always cut short",
    order: { ...split("GET manifest"), times: always, fault: { cutAfter: 40 } },
    expect: { code: "registry", message: /the connection broke/ },
  },
  {
    name: "a blob cut short",
    order: { ...split("GET blob"), fault: { cutAfter: 40 } },
    expect: { code: "registry", message: /the connection broke/ },
  },
  {
    name: "no manifest",
    order: { ...split("GET manifest"), fault: answers(404, "MANIFEST_UNKNOWN") },
    expect: { code: "registry", message: /has no manifest "3\.10" there/ },
  },
  {
    name: "no blob",
    order: { ...split("GET blob"), fault: answers(404, "BLOB_UNKNOWN") },
    expect: { code: "registry", message: /has no blob sha256:/ },
  },
  {
    name: "403 for the manifest",
    order: { ...split("GET manifest"), fault: answers(403, "DENIED") },
    expect: { code: "authentication", message: /answered 403/ },
  },
];

async function push(store: Store): Promise<void> {
  for (const { descriptor } of [NEW.layer, NEW.config]) await store.hasBlob(descriptor);
  await putImage(store, NEW, ["3.10"]);
}

async function pull(store: Store): Promise<void> {
  const manifest = await store.getManifest("3.10");
  assert.is(manifest.descriptor.digest, OLD.manifest.descriptor.digest);
  assert.equal(await readBlob(store, OLD.layer.descriptor), OLD.layer.bytes);
}

function tagOf({ repositories }: TestRegistry): string | undefined {
  return repositories.get("k8s/pause")?.tags.get("3.10");
}

function declare(verb: string, cases: readonly Case[], act: (store: Store) => Promise<void>): void {
  for (const { name, order, expect } of cases) {
    const becomes = expect === "success" ? "succeeds" : `fails (${expect.code})`;
    test(`a ${verb} that meets ${name} ${becomes}`, () =>
      withRegistry({}, async (registry) => {
        await putImage(openStore(registry), OLD, ["3.10"]);
        registry.fault(order);
        const store = openStore(registry);
        if (expect === "success") {
          await act(store);
          const expected = verb === "push" ? NEW : OLD;
          assert.is(tagOf(registry), expected.manifest.descriptor.digest);
          return;
        }
        const error = await failsWith([expect.code], () => act(store));
        const { message } = error;
        assert.match(message, expect.message);
        assert.match(message, `${registry.host}/k8s/pause`);
        // The place of an upload has a query that may be signed.
        assert.not.match(inspect(error, { depth: 9 }), /s3cret|state=/);
        assert.is(tagOf(registry), OLD.manifest.descriptor.digest);
      }));
  }
}

declare("push", PUSH, push);
declare("pull", PULL, pull);

test.run();
