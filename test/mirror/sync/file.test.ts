import { test } from "uvu";
import * as assert from "uvu/assert";
import { readSyncFile } from "../../../build/mirror/sync/file.ts";
import { failsWith } from "../../support/fails.ts";
import { faultsOf, read, SMALL, withSources, withTags } from "./texts.ts";

test("a small file says what is mirrored where, and the defaults say how", () => {
  const { keepGoing, sources, destinations, registries } = read(SMALL);
  assert.is(keepGoing, false);
  assert.equal(sources, [{
    kind: "image",
    reference: { host: "registry.k8s.io", repository: "pause", tag: "3.10" },
    options: { index: "sparse", referrers: true, refresh: false, foreignLayers: "keep" },
  }]);
  const source = { host: "registry.k8s.io", repository: "coredns/coredns", tag: "v1" };
  assert.equal(destinations.map((to) => to(source)), [
    { host: "10.0.0.5:5000", repository: "coredns/coredns", tag: "v1" },
  ]);
  assert.is(registries.size, 0);
});

test("a source's own settings win over the defaults", () => {
  const { sources } = read(`version: 1
defaults: { platforms: [linux/amd64], referrers: false, foreignLayers: include }
sources:
  - image: registry.k8s.io/pause:3.10
  - image: registry.k8s.io/pause:3.9
    platforms: [arm64, "windows/amd64:10.0.20348"]
    index: rewritten
    referrers: true
    refresh: true
destinations: [{ to: "10.0.0.5:5000/{path}" }]
`);
  const [one, other] = sources.map(({ options }) => options);
  assert.equal(one, {
    platforms: ["linux/amd64"],
    index: "sparse",
    referrers: false,
    refresh: false,
    foreignLayers: "include",
  });
  assert.equal(other, {
    platforms: ["arm64", "windows/amd64:10.0.20348"],
    index: "rewritten",
    referrers: true,
    refresh: true,
    foreignLayers: "include",
  });
});

test("tags are names, or rules", () => {
  const rules = (tags: string): unknown => {
    const [source] = read(withTags(tags)).sources;
    return source?.kind === "image" ? source.rules : undefined;
  };
  assert.equal(rules('["3.10", latest]'), { names: ["3.10", "latest"] });
  assert.equal(rules('{ semver: [">=3.9 <4"], match: ["v*"], exclude: ["*-rc*"], newest: 2 }'), {
    semver: [">=3.9 <4"],
    match: ["v*"],
    exclude: ["*-rc*"],
    newest: 2,
  });
  assert.equal(rules("{ all: true }"), { all: true });
});

test("the preset pause has the pause image of each Kubernetes version, each once", () => {
  const { sources } = read(withSources(
    '  - preset: pause\n    kubernetes: ["1.29", "v1.30.4", "1.34"]',
    '  - { preset: pause, kubernetes: ["1.35"], registry: mirror.example/k8s/ }',
  ));
  assert.equal(sources.map((source) => source.kind === "image" && source.reference), [
    { host: "registry.k8s.io", repository: "pause", tag: "3.9" },
    { host: "registry.k8s.io", repository: "pause", tag: "3.10.1" },
    { host: "mirror.example", repository: "k8s/pause", tag: "3.10.1" },
  ]);
});

test("a registry is the same in capitals", () => {
  const { registries } = read(`${SMALL}registries: { Registry.K8S.io: { concurrency: 4 } }\n`);
  assert.equal([...registries], [["registry.k8s.io", { concurrency: 4 }]]);
});

test("settings of registries are known by host", () => {
  const { registries, keepGoing } = read(`${SMALL}keepGoing: true
registries:
  registry.k8s.io: { requestsPerSecond: 2.5, concurrency: 4 }
  10.0.0.5:5000:
    plainHttp: true
    credentials: { environment: { username: MIRROR_USER, password: MIRROR_PASSWORD } }
`);
  assert.ok(keepGoing);
  assert.equal(registries.get("registry.k8s.io"), { requestsPerSecond: 2.5, concurrency: 4 });
  assert.equal(registries.get("10.0.0.5:5000")?.credentials, {
    environment: { username: "MIRROR_USER", password: "MIRROR_PASSWORD" },
  });
});

test("anchors repeat what they stand for", () => {
  const { sources } = read(withSources(
    '  - { image: registry.k8s.io/pause, tags: &some ["3.9", "3.10"] }',
    "  - { image: registry.k8s.io/other, tags: *some }",
  ));
  assert.equal(sources.map((source) => source.kind === "image" && source.rules?.names), [
    ["3.9", "3.10"],
    ["3.9", "3.10"],
  ]);
});

const WRONG: readonly (readonly [what: string, text: string, line: RegExp])[] = [
  ["an empty file", "", /sync\.yaml:1:1: Found nothing\. Expected: a sync file/],
  ["a list", "- a\n", /Found a list/],
  ["no YAML", 'version: "1\n', /sync\.yaml:\d+:\d+: A quote, a bracket/],
  ["a tab", "version: 1\nsources:\n\t- image: a\n", /sync\.yaml:3:1: A tab indents it/],
  ["two documents", `${SMALL}---\n${SMALL}`, /A second document begins/],
  ["a key twice", `${SMALL}version: 1\n`, /sync\.yaml:6:1: The key is there already/],
  ["a tag of YAML's", withTags('!!binary "Mw=="'), /leave out what begins with !/],
  ["a tag of somebody's", withTags("!python/object:os.system [a]"), /leave out what begins with !/],
  ["an alias without its anchor", withTags("*some"), /No anchor of this name/],
  ["an alias within itself", withTags("&some [*some]"), /It stands within what it repeats/],
  ["a list as a key", "? [a]\n: 1\n", /A key is no word/],
  ["no version", SMALL.replace("version: 1\n", ""), /:1:1: It lacks version: a sync file is/],
  ["another version", SMALL.replace("1", "2"), /version: Found the number 2\. Expected: 1,/],
  ["no sources and no destinations", "version: 1\n", /It lacks sources and destinations/],
  [
    "an empty list",
    withSources().replace("sources:", "sources: []"),
    /sources: Found an empty list/,
  ],
  [
    "an unknown key",
    `${SMALL}destination: []\n`,
    /sync\.yaml:6:1: destination: There is no key "destination"\. Did you mean "destinations"\?/,
  ],
  ["a key like no other", `${SMALL}xyzzy: 1\n`, /"xyzzy"\. Expected: version, keepGoing/],
  ["__proto__", `${SMALL}__proto__: { sources: [] }\n`, /There is no key "__proto__"/],
  [
    "a source without an image",
    withSources("  - tags: [a]"),
    /sources\[0\]: It lacks image: a source/,
  ],
  ["no rules", withTags("{}"), /tags: Found \{\}/],
  ["a pattern among names", withTags('["3.*"]'), /Found "3\.\*"\. .*patterns go under match/],
  ["a bad pattern", withTags('{ match: ["a", "3.(9)"] }'), /:4:26: .*match\[1\]: .*character "\("/],
  ["a bad exclusion", withTags('{ all: true, exclude: ["a,b"] }'), /exclude\[0\]/],
  ["a bad range", withTags("{ semver: [latest] }"), /semver\[0\]: .*"latest": it is none/],
  ["newest 0", withTags("{ newest: 0 }"), /Found the number 0\. Expected: a whole number from 1/],
  ["newest 1.5", withTags("{ newest: 1.5 }"), /newest: Found the number 1\.5/],
  ["all: false", withTags("{ all: false }"), /all: Found the boolean false\. Expected: true/],
  ["an exclusion alone", withTags("{ exclude: [a] }"), /exclude alone: it needs names, match/],
  [
    "pre-releases of what is selected otherwise",
    withTags("{ match: [a], prereleases: true }"),
    /prereleases alone: it needs semver or newest/,
  ],
  ["no tags", withSources("  - image: registry.k8s.io/pause"), /names no tag.*all: true/],
  [
    "a tag and tags",
    withSources("  - { image: registry.k8s.io/pause:3.10, tags: [a] }"),
    /Leave one of them out/,
  ],
  ["a bad image", withSources("  - image: registry.k8s.io/Pause:3.10"), /:3:12: .*lower case/],
  ["a bad path", withSources("  - { image: a.io/b:1, as: a.io:5000/b:1 }"), /as: /],
  ["a path with a tag", withSources("  - { image: a.io/b:1, as: b:1 }"), /as: /],
  [
    "a bad platform",
    withSources("  - { image: a.io/b:1, platforms: [a b] }"),
    /platforms\[0\].*"a b"/,
  ],
  [
    "another preset",
    withSources("  - { preset: coredns, kubernetes: [a] }"),
    /pause, the only preset/,
  ],
  [
    "an unknown Kubernetes",
    withSources('  - { preset: pause, kubernetes: ["1.34", "1.99"] }'),
    /kubernetes\[1\]: .*Kubernetes 1\.99: known are 1\.21 to 1\.36/,
  ],
  [
    "a bad registry",
    withSources("  - { preset: pause, kubernetes: [v1.34], registry: A_B }"),
    /registry: /,
  ],
  ["two readers of the standard input", withSources('  - list: "-"', '  - list: "-"'), /2 lists/],
  ["a placeholder", SMALL.replace("{path}", "{pat}"), /to: .*no \{pat\}.*Did you mean "path"\?/],
  ["a brace", SMALL.replace("{path}", "{path"), /destinations\[0\]\.to/],
  ["a host without a path", SMALL.replace("/{path}", ""), /Write 10\.0\.0\.5:5000\/\{path\}/],
  ["a digest at the destination", SMALL.replace("{path}", "a@sha256:1"), /has no digest/],
  [
    "an index of another kind",
    `${SMALL}defaults: { index: full }\n`,
    /"full"\. Expected: sparse or/,
  ],
  [
    "a limit for a host that is not there",
    `${SMALL}registries: { registry.k8s.oi: { concurrency: 1 } }\n`,
    /registries\["registry\.k8s\.oi"\]: No source and no .*Did you mean "registry\.k8s\.io"\?/,
  ],
  [
    "a limit of nothing",
    `${SMALL}registries: { registry.k8s.io: { requestsPerSecond: 0 } }\n`,
    /requestsPerSecond: Found the number 0\. Expected: a number above 0/,
  ],
];

for (const [what, text, line] of WRONG) {
  test(`a sync file is refused: ${what}`, async () => {
    assert.match(await faultsOf(text), line);
  });
}

test("all that is wrong is said at once, in the order of the file", async () => {
  const message = await faultsOf(`version: 1
sources:
  - image: registry.k8s.io/pause
    tags: [3.10, 3.20]
    platform: [linux/amd64]
  - immage: a
destinations:
  - to: 5
keepGoing: maybe
`);
  const lines = message.split("\n");
  assert.match(lines[0] ?? "", /sync\.yaml: 7 things are wrong/);
  assert.equal(
    lines.slice(1).map((line) => line.split(":").slice(1, 3).join(":")),
    ["4:12", "4:18", "5:5", "6:5", "6:5", "8:9", "9:12"],
  );
});

test("faults beyond the fiftieth are counted", async () => {
  const tags = Array.from({ length: 60 }, (_, at) => `3.${at}`).join(", ");
  const lines = (await faultsOf(withTags(`[${tags}]`))).split("\n");
  assert.is(lines.length, 52);
  assert.match(lines.at(-1) ?? "", /and 10 more/);
});

test("bytes that are no UTF-8 are refused, and a byte order mark is none of the file", async () => {
  await failsWith(["usage"], () => readSyncFile(new Uint8Array([0x61, 0xff]), "sync.yaml"));
  assert.is(read(`\uFEFF${SMALL}`).sources.length, 1);
  assert.is(read(SMALL.replaceAll("\n", "\r\n")).sources.length, 1);
});

test.run();
