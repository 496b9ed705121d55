import { test } from "uvu";
import * as assert from "uvu/assert";
import { PAUSE_TAGS, pauseTag, readImageList } from "../../../build/mirror/sync/presets.ts";
import { failsWith } from "../../support/fails.ts";

test("the pause of a Kubernetes version is that of its minor version", () => {
  assert.is(pauseTag("1.34"), "3.10.1");
  assert.is(pauseTag("v1.34"), "3.10.1");
  assert.is(pauseTag("1.30.14"), "3.9");
  assert.is(pauseTag("v1.31.0-rc.1"), "3.10");
  // 1.3 is not 1.30.
  assert.is(pauseTag("1.22"), "3.5");
});

test("an unknown version of Kubernetes is an error that says which are known", async () => {
  for (const version of ["1.3", "1.20", "1.99", "v2.0.0", "latest", "", "constructor", "1.34x"]) {
    const { message } = await failsWith(["usage"], () => pauseTag(version));
    assert.match(message, /known are 1\.21 to 1\.36/);
  }
});

test("the table leaves out no version between its first and its last, and never goes back", () => {
  const minors = Object.keys(PAUSE_TAGS).map((version) => Number(version.split(".")[1]));
  assert.equal(minors, minors.map((_, at) => (minors[0] ?? 0) + at));
  const numbers = Object.values(PAUSE_TAGS).map((tag) =>
    tag.split(".").concat("0").slice(0, 3).reduce((sum, part) => sum * 100 + Number(part), 0)
  );
  assert.equal(numbers, [...numbers].sort((one, other) => one - other));
});

/** As kubeadm 1.34 prints it. */
const LIST = `registry.k8s.io/kube-apiserver:v1.34.1
registry.k8s.io/kube-controller-manager:v1.34.1
registry.k8s.io/coredns/coredns:v1.12.1
registry.k8s.io/pause:3.10.1
registry.k8s.io/etcd:3.6.4-0
`;

test("the list that kubeadm prints is read", () => {
  const listed = readImageList(LIST, "-");
  assert.is(listed.length, 5);
  assert.equal(listed[2], {
    reference: { host: "registry.k8s.io", repository: "coredns/coredns", tag: "v1.12.1" },
    line: 3,
  });
});

test("empty lines, comments, Windows' line ends and a byte order mark do not count", () => {
  const text = `\uFEFF# images\r\n\r\n  registry.k8s.io/pause:3.9  # sandbox\r\n\t\nbusybox:1`;
  assert.equal(readImageList(text, "-").map(({ reference, line }) => [reference.host, line]), [
    ["registry.k8s.io", 3],
    ["docker.io", 5],
  ]);
});

test("an image may be named by its digest", () => {
  const digest = `sha256:${"ab".repeat(32)}`;
  const [one, other] = readImageList(`a.io/b@${digest}\na.io/b:1@${digest}`, "-");
  assert.equal(one?.reference, { host: "a.io", repository: "b", digest });
  assert.equal(other?.reference, { host: "a.io", repository: "b", tag: "1", digest });
});

const WRONG: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  ["nothing", "", /names none/],
  ["only comments", "# a\n\n", /names none/],
  [
    "a warning of kubeadm among the images",
    `${LIST}W1122 17:00:00.1 version.go:104] could not fetch a Kubernetes version\n`,
    /line list\.txt:6 is more than one image's name.*2>\/dev\/null/,
  ],
  ["no tag", "a.io/b:1\na.io/b\n", /list\.txt:2: "a\.io\/b" has neither tag nor digest/],
  ["capitals", "a.io/B:1", /list\.txt:1: .*lower case/],
  ["an address", "https://user:hunter2@a.io/b:1", /list\.txt:1: .*begins with https/],
  ["a line without end", "x".repeat(100_000), /list\.txt:1/],
];

for (const [what, text, message] of WRONG) {
  test(`a list of images is refused with the number of the line: ${what}`, async () => {
    const error = await failsWith(["usage"], () => readImageList(text, "list.txt"));
    assert.match(error.message, message);
    assert.not.match(error.message, "hunter2");
    assert.ok(error.message.length < 500);
  });
}

test.run();
