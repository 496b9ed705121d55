import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../build/error.ts";
import type { Digest } from "../../build/oci/digest.ts";
import {
  formatReference,
  isTag,
  parseReference,
  parseRepository,
  type Reference,
} from "../../build/oci/reference.ts";
import { fc, runs } from "../support/properties.ts";

const HEX = "a".repeat(64);
const DIGEST = `sha256:${HEX}`;
/** A path of 255 characters. */
const LONGEST = `a/${"b".repeat(253)}`;
const LONGEST_ON_HUB = "b".repeat(255 - "library/".length);

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
  [`busybox@${DIGEST}`, "docker.io", "library/busybox", `@${DIGEST}`],
  [`busybox:1@${DIGEST}`, "docker.io", "library/busybox", `:1@${DIGEST}`],
  ["docker.io/library/busybox", "docker.io", "library/busybox"],
  ["index.docker.io/user/app:1", "docker.io", "user/app", ":1"],
  ["a/b/c", "docker.io", "a/b/c"],
  ["docker.io", "docker.io", "library/docker.io"],
  ["localhost", "docker.io", "library/localhost"],
  ["localhost/a/b", "localhost", "a/b"],
  ["Registry/pause", "Registry", "pause"],
  ["LocalHost/pause", "localhost", "pause"],
  ["Docker.IO/pause", "docker.io", "library/pause"],
  ["LOCALHOST:5000/pause", "localhost:5000", "pause"],
  ["Registry.Example:5000/pause", "registry.example:5000", "pause"],
  ["registry.example:443/pause", "registry.example:443", "pause"],
  ["host.example:0/pause", "host.example:0", "pause"],
  ["1.2.3.4/pause", "1.2.3.4", "pause"],
  ["xn--n3h.example/pause", "xn--n3h.example", "pause"],
  ["a--b.example/pause", "a--b.example", "pause"],
  ["[::1]/pause", "[::1]", "pause"],
  ["[2001:DB8::A]:5000/a/b:1", "[2001:db8::a]:5000", "a/b", ":1"],
  ["host.example/a_b/c__d/e.f/g-h/i---j", "host.example", "a_b/c__d/e.f/g-h/i---j"],
  ["host.example/0/1:2", "host.example", "0/1", ":2"],
  ["host.example/latest:latest", "host.example", "latest", ":latest"],
  // What looks like an image ID is a name once it has a host.
  [`host.example/${HEX}`, "host.example", HEX],
  [`host.example:5000/${LONGEST}`, "host.example:5000", LONGEST],
  [`${LONGEST_ON_HUB}:t`, "docker.io", `library/${LONGEST_ON_HUB}`, ":t"],
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

/** References of every shape that the grammar knows. */
const REFERENCES: fc.Arbitrary<Reference> = fc.record({
  host: fc.oneof(
    fc.constantFrom("docker.io", "localhost", "localhost:5000", "[::1]:5000", "[2001:db8::1]"),
    fc.stringMatching(/^[a-z0-9]{1,5}(-[a-z0-9]{1,3})?\.[a-z]{2,5}(:[1-9][0-9]{0,3})?$/),
    fc.stringMatching(/^[A-Z][a-z]{0,5}$/),
  ),
  repository: fc.stringMatching(
    /^([a-z0-9]{1,4}(\.|_|__|-{1,3})){0,2}[a-z0-9]{1,4}(\/[a-z0-9]{1,4}){1,4}$/,
  ),
  tag: fc.option(fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}$/), { nil: undefined }),
  digest: fc.option(
    fc.oneof(
      fc.stringMatching(/^sha256:[0-9a-f]{64}$/),
      fc.stringMatching(/^sha512:[0-9a-f]{128}$/),
    ) as fc.Arbitrary<Digest>,
    { nil: undefined },
  ),
}).map(({ host, repository, tag, digest }) => ({
  host,
  repository,
  ...(tag !== undefined && { tag }),
  ...(digest !== undefined && { digest }),
}));

test("parseReference() reads back every reference that formatReference() writes", () => {
  fc.assert(
    fc.property(REFERENCES, (reference) => {
      assert.equal(parseReference(formatReference(reference)), reference);
    }),
  );
});

test("parseReference() takes any text for a reference, which is then read the same again, or refuses it", () => {
  const pieces = fc.constantFrom(...[
    "a",
    "B",
    ".",
    ":",
    "/",
    "@",
    "_",
    "-",
    "[",
    "]",
    "1",
    DIGEST,
  ]);
  const texts = fc.oneof(
    fc.string(),
    fc.array(pieces, { maxLength: 12 }).map((all) => all.join("")),
  );
  fc.assert(
    fc.property(texts, (text) => {
      let reference: Reference;
      try {
        reference = parseReference(text);
      } catch (error) {
        return assert.is((error as PauseError).code, "usage");
      }
      assert.equal(parseReference(formatReference(reference)), reference);
    }),
    { numRuns: runs(1000) },
  );
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
  [`host.example/${LONGEST}b`, /its path has 256 characters, and 255 are allowed/],
  [`${LONGEST_ON_HUB}b`, /its path has 256 characters/],
  [`host.example/a@${DIGEST}0`, /is no digest/],
  [`host.example/a@sha512:${HEX}`, /is no digest/],
  [`host.example/a@md5:${"a".repeat(32)}`, /is no digest/],
  [`host.example/a@${DIGEST}:tag`, /is no digest/],
  ["host.example/a@", /is no digest/],
  [`@${DIGEST}`, /a part of the path is empty/],
  [":tag", /a part of the path is empty/],
  ["host.example/a:b:c", /is no part of a path/],
  ["host.example/a:b/c", /is no part of a path/],
  ["host_name:1/a", /"host_name:1" is no host/],
  ["host..example/a", /is no host/],
  [".example/a", /is no host/],
  ["host.example-/a", /is no host/],
  ["[::1]x/a", /is no host/],
  ["[fe80::1%eth0]/a", /is no host/],
  ["[::g]/a", /is no host/],
  ["::1/a", /is no host/],
  ["host.example/a._b", /is no part of a path/],
  ["host.example/a__", /is no part of a path/],
  ["host.example/a--_b", /is no part of a path/],
  ["host.example/../a", /is no part of a path/],
  ["host.example/a\n", /is no part of a path/],
  ["host.example/é", /is no part of a path/],
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
