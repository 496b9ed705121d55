import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../build/error.ts";
import {
  formatReference,
  isTag,
  parseReference,
  parseRepository,
} from "../../build/oci/reference.ts";

const HEX = "a".repeat(64);
const DIGEST = `sha256:${HEX}`;

function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    assert.instance(error, PauseError);
    assert.is((error as PauseError).code, "usage");
    return (error as PauseError).message;
  }
  throw new Error("nothing was refused");
}

const READ: readonly [text: string, host: string, repository: string, rest?: string][] = [
  ["busybox", "docker.io", "library/busybox"],
  ["busybox:1.36", "docker.io", "library/busybox", ":1.36"],
  ["user/app", "docker.io", "user/app"],
  ["docker.io/busybox", "docker.io", "library/busybox"],
  ["index.docker.io/busybox", "docker.io", "library/busybox"],
  ["docker.io/user/app", "docker.io", "user/app"],
  ["localhost/pause", "localhost", "pause"],
  ["localhost:5000", "docker.io", "library/localhost", ":5000"],
  ["localhost:5000/pause", "localhost:5000", "pause"],
  ["10.0.0.5:5000/k8s/pause:3.10", "10.0.0.5:5000", "k8s/pause", ":3.10"],
  ["registry.k8s.io/pause:3.10.2", "registry.k8s.io", "pause", ":3.10.2"],
  ["HOST/pause", "HOST", "pause"],
  ["[::1]:5000/pause:3", "[::1]:5000", "pause", ":3"],
  ["[2001:db8::1]/pause", "[2001:db8::1]", "pause"],
  [`host.example/a/b__c/d--e@${DIGEST}`, "host.example", "a/b__c/d--e", `@${DIGEST}`],
  [`host:1/a.b:T_a-g.1@${DIGEST}`, "host:1", "a.b", `:T_a-g.1@${DIGEST}`],
];

test("parseReference() reads host, path, tag and digest as docker does", () => {
  for (const [text, host, repository, rest = ""] of READ) {
    const reference = parseReference(text);
    assert.is(reference.host, host, text);
    assert.is(reference.repository, repository, text);
    assert.is(formatReference(reference), `${host}/${repository}${rest}`, text);
    assert.equal(parseReference(formatReference(reference)), reference, text);
  }
});

test("parseReference() takes a SHA-512 digest", () => {
  const digest = `sha512:${"0".repeat(128)}`;
  assert.is(parseReference(`host.example/app@${digest}`).digest, digest);
});

const REFUSED: readonly [text: string, found: RegExp][] = [
  ["", /a part of the path is empty/],
  ["host.example/", /a part of the path is empty/],
  ["host.example//pause", /a part of the path is empty/],
  ["host.example/pause/", /a part of the path is empty/],
  ["/pause", /a part of the path is empty/],
  ["host.example/Pause", /Write it in lower case: pause/],
  ["host.example/a..b", /"a\.\.b" is no part of a path/],
  ["host.example/a___b", /is no part of a path/],
  ["host.example/a-_b", /is no part of a path/],
  ["host.example/-a", /is no part of a path/],
  ["host.example/a b", /is no part of a path/],
  ["host.example/a?x=1", /is no part of a path/],
  ["-host.example/a", /"-host\.example" is no host/],
  ["host.example:65536/a", /65536 is no port/],
  ["host.example:/a", /is no host/],
  ["[::1/a", /is no host/],
  ["[::1::2]/a", /is no IPv6 address/],
  ["host.example/a:", /"" is no tag/],
  ["host.example/a:.b", /"\.b" is no tag/],
  [`host.example/a:${"b".repeat(129)}`, /is no tag/],
  ["host.example/a@sha256:abc", /is no digest/],
  [`host.example/a@sha256:${"A".repeat(64)}`, /is no digest/],
  [`host.example/a@${DIGEST}@${DIGEST}`, /more than one @/],
  [HEX, /it is an image ID/],
  [`host.example/${"a/".repeat(130)}b`, /its name has 274 characters, and 255 are allowed/],
];

test("parseReference() refuses what docker refuses, and says which part is wrong", () => {
  for (const [text, found] of REFUSED) assert.match(refusal(() => parseReference(text)), found);
});

test("isTag() knows a tag's letters and its 128 characters", () => {
  for (const tag of ["3.10.2", "_", "latest", "A-b.C_d", "1".repeat(128)]) assert.ok(isTag(tag));
  for (const tag of ["", "-a", ".a", "a/b", "a:b", "a+b", "ä", "a\n", "1".repeat(129)]) {
    assert.not.ok(isTag(tag), tag);
  }
});

test("parseRepository() takes the registries that people push to", () => {
  assert.equal(parseRepository("127.0.0.1:5000/k8s/pause"), {
    host: "127.0.0.1:5000",
    repository: "k8s/pause",
  });
  assert.equal(parseRepository("user/pause"), { host: "docker.io", repository: "user/pause" });
});

test("parseRepository() refuses a REGISTRY with a scheme and says what to write", () => {
  for (const scheme of ["https://", "http://", "docker://", "oci://"]) {
    assert.match(
      refusal(() => parseRepository(`${scheme}host.example/k8s/pause`)),
      new RegExp(
        `it begins with ${scheme}\\. Leave that out, in REGISTRY too: host\\.example/k8s/pause\\.$`,
      ),
    );
  }
});

test("parseRepository() never repeats a password that came with the host", () => {
  for (const start of ["https://me:hunter2@", "me:hunter2@"]) {
    const message = refusal(() => parseRepository(`${start}host.example:5000/k8s/pause`));
    assert.not.match(message, "hunter2");
    assert.match(message, "Leave that out, in REGISTRY too: host.example:5000/k8s/pause.");
  }
});

test("parseRepository() refuses a tag or a digest", () => {
  for (const end of [":3.10", `@${DIGEST}`]) {
    assert.match(
      refusal(() => parseRepository(`host.example/k8s/pause${end}`)),
      "Write host.example/k8s/pause.",
    );
  }
});

test.run();
