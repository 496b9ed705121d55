import { test } from "uvu";
import * as assert from "uvu/assert";
import { faultsOf, SMALL, withSources, withTags } from "./texts.ts";

/** What YAML makes of words that are meant otherwise. */
const TRAPS: readonly (readonly [what: string, text: string, line: RegExp])[] = [
  [
    "a tag 3.10 that YAML reads as the number 3.1",
    withTags("[3.10]"),
    /sync\.yaml:4:12: sources\[0\]\.tags\[0\]: Found the number 3\.1\. .*YAML reads 3\.10 as the number 3\.1: write it in quotes, "3\.10"\./,
  ],
  [
    "a tag in a list of lines",
    withTags("\n      - 3.9\n      - 3.20"),
    /:6:9: .*in quotes, "3\.20"/,
  ],
  ["a tag that is a whole number", withTags("[20240115]"), /in quotes, "20240115"/],
  ["a tag in octal", withTags("[0o17]"), /YAML reads 0o17 as the number 15/],
  ["a tag with an exponent", withTags("[1e3]"), /YAML reads 1e3 as the number 1000/],
  ["a tag true", withTags("[true]"), /write it in quotes, "true"/],
  ["a tag null", withTags("[null]"), /tags\[0\]: Found nothing\. Expected: a tag/],
  ["a comma too many", withTags("[a,,]"), /a second comma/],
  ["a single tag", withTags("3.10"), /tags: Found the number 3\.1\. Expected: a list of tags/],
  ["a range as a number", withTags("{ semver: [3.10] }"), /semver\[0\].*in quotes, "3\.10"/],
  [
    "a Kubernetes version 1.30 that is 1.3",
    withSources("  - preset: pause", "    kubernetes: [1.30]"),
    /:4:18: sources\[0\]\.kubernetes\[0\]: Found the number 1\.3\. .*in quotes, "1\.30"/,
  ],
  [
    "yes for true",
    `${SMALL}keepGoing: yes\n`,
    /keepGoing: Found "yes"\..*yes is a text in YAML 1\.2/,
  ],
  [
    "a number in quotes",
    withTags('{ newest: "3" }'),
    /newest: Found "3"\. Expected: a whole number/,
  ],
  [
    "an infinite number",
    `${SMALL}registries: { registry.k8s.io: { concurrency: .inf } }\n`,
    /Infinity/,
  ],
  [
    "a range without a list",
    withTags('{ semver: ">=3" }'),
    /Expected: a list.*Write it in brackets/,
  ],
  ["YAML 1.1", `%YAML 1.1\n---\n${SMALL}`, /YAML 1\.1.*Leave out %YAML/],
  ["a merge key", `${SMALL}defaults: { <<: { referrers: true } }\n`, /no merge keys/],
];

for (const [what, text, line] of TRAPS) {
  test(`a trap of YAML is told: ${what}`, async () => {
    assert.match(await faultsOf(text), line);
  });
}

test("a file that would take all time or memory is refused soon", async () => {
  const bombs = [
    "[".repeat(1_000_000),
    "- ".repeat(20_000),
    "a: ".repeat(20_000),
    `${"x".repeat(3 * 1024 * 1024)}`,
    ["a: &a [x,x,x,x,x,x,x,x,x,x]"]
      .concat(
        Array.from({ length: 12 }, (_, at) => {
          const [one, last] = ["abcdefghijklm"[at + 1], "abcdefghijklm"[at]];
          return `${one}: &${one} [${Array(10).fill(`*${last}`).join(",")}]`;
        }),
      ).join("\n"),
  ];
  for (const bomb of bombs) {
    const started = performance.now();
    await faultsOf(bomb);
    assert.ok(performance.now() - started < 10_000, bomb.slice(0, 20));
  }
});

test.run();
