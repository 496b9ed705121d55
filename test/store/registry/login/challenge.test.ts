import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseChallenges } from "../../../../build/store/registry/login/challenge.ts";
import { processorTime } from "../../../support/processor-time.ts";

const SCOPE = "repository:k8s/pause:pull,push";

const HEADERS: readonly [name: string, header: string, expected: unknown][] = [
  [
    "Bearer with commas inside quotes",
    `Bearer realm="https://auth.example/token",service="reg",scope="${SCOPE}"`,
    [["bearer", { realm: "https://auth.example/token", service: "reg", scope: SCOPE }]],
  ],
  ["Basic alone", `Basic realm="Registry Realm"`, [["basic", { realm: "Registry Realm" }]]],
  ["a scheme without parameters", "Basic", [["basic", {}]]],
  ["any letter case", `BEARER Realm="https://a/t"`, [["bearer", { realm: "https://a/t" }]]],
  [
    "values without quotes",
    "Bearer realm=https://a/t?x=1,service=reg",
    [["bearer", { realm: "https://a/t?x=1", service: "reg" }]],
  ],
  [
    "blanks around the commas and the equals signs",
    `Bearer  realm = "https://a/t" , service="reg"`,
    [["bearer", { realm: "https://a/t", service: "reg" }]],
  ],
  [
    "several challenges in one header",
    `Negotiate, Basic realm="a", Bearer realm="b",service="c"`,
    [["negotiate", {}], ["basic", { realm: "a" }], ["bearer", { realm: "b", service: "c" }]],
  ],
  [
    "a challenge of one token before ours",
    `Negotiate YIIB+Q/x==, Basic realm="a"`,
    [["negotiate", {}], ["basic", { realm: "a" }]],
  ],
  ["escaped quotes", `Basic realm="a \\"b\\" \\\\"`, [["basic", { realm: `a "b" \\` }]]],
  ["an empty scope", `Bearer realm="a",scope=""`, [["bearer", { realm: "a", scope: "" }]]],
  ["a parameter twice: the first counts", `Basic realm="a",realm="b"`, [["basic", { realm: "a" }]]],
  ["a quote that never ends", `Basic realm="a b`, [["basic", { realm: "a b" }]]],
  ["commas with nothing between", `, ,Basic realm="a",,`, [["basic", { realm: "a" }]]],
  ["nothing", "", []],
  ["no scheme", `="a"`, []],
];

for (const [name, header, expected] of HEADERS) {
  test(`parseChallenges() reads ${name}`, () => {
    const read = parseChallenges(header).map(({ scheme, parameters }) => [scheme, parameters]);
    assert.equal(read, expected);
  });
}

test("parseChallenges() reads a hostile header in a moment", () => {
  const took = processorTime(() => {
    for (const part of ["a ", 'a="', "\\", ", ", "a=", "= "]) {
      parseChallenges(part.repeat(8000));
      parseChallenges(`Basic realm="${part.repeat(8000)}`);
    }
  });
  assert.ok(took < 2000);
});

test.run();
