import { test } from "uvu";
import * as assert from "uvu/assert";
import { faultsOf, SMALL, withSources, withTags } from "./texts.ts";

const SECRET = "hunter2";

const SECRETS: readonly string[] = [
  `password: ${SECRET}`,
  `credentials: { password: ${SECRET} }`,
  `credentials: { username: someone, password: ${SECRET} }`,
  `credentials: { token: ${SECRET} }`,
  `credentials: { auth: ${SECRET} }`,
  `credentials: someone:${SECRET}`,
  `credentials: { environment: { username: USER, password: ${SECRET} } }`,
  `credentials: { environment: { username: USER, password: "${SECRET}", passwort: ${SECRET} } }`,
  `credentials: { files: { username: /user, password: ${SECRET} } }`,
  `credentials: { authFile: ${SECRET} }`,
  `identitytoken: ${SECRET}`,
  `credentials: { environment: { username: USER, password: 4711 } }`,
];

for (const line of SECRETS) {
  test(`a secret in the file is refused, and not repeated: ${line}`, async () => {
    const message = await faultsOf(`${SMALL}registries:\n  registry.k8s.io:\n    ${line}\n`);
    assert.not.match(message, SECRET);
    assert.not.match(message, "4711");
    assert.match(message, /Secrets do not belong|environment|the path of a file/);
  });
}

test("why a secret is refused, and what to write, is said", async () => {
  const message = await faultsOf(`${SMALL}registries: { registry.k8s.io: { password: a } }\n`);
  assert.match(message, /which is kept and shown around.*environment, files or authFile/);
});

test("a login in an image's name, or in YAML that is broken, is not repeated", async () => {
  for (
    const text of [
      withSources(`  - image: https://someone:${SECRET}@registry.k8s.io/pause:3.10`),
      withSources(`  - image: someone:${SECRET}@registry.k8s.io/pause:3.10`),
      SMALL.replace("10.0.0.5", `someone:${SECRET}@10.0.0.5`),
      `${SMALL}registries: { registry.k8s.io: { password: "${SECRET} } }\n`,
      `${SMALL}registries:\n  a: ${SECRET}: b\n`,
      withTags(`[someone:${SECRET}@registry.k8s.io/pause]`),
    ]
  ) {
    assert.not.match(await faultsOf(text), SECRET);
  }
});

test.run();
