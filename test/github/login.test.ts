import { test } from "uvu";
import * as assert from "uvu/assert";
import { readInputs } from "../../build/github/inputs.ts";
import { credentialsFor, maskLogin } from "../../build/github/login.ts";
import { parseRepository } from "../../build/oci/reference.ts";
import type { Found } from "../../build/store/registry/login/credentials.ts";
import { fakeRunner } from "./fake-runner.ts";

const LOGIN = { username: "me", password: 'p "w' };

/** What is found for a repository with the inputs of a push. */
async function found(registry: string, repository: string): Promise<Found | undefined> {
  const given = { command: "push", registry, ...LOGIN };
  const inputs = readInputs(new Map(Object.entries(given)));
  const source = credentialsFor(inputs, new AbortController().signal);
  return await source?.(parseRepository(repository));
}

test("every form in which the password travels is masked", () => {
  const runner = fakeRunner();
  const secrets = maskLogin(new Map(Object.entries(LOGIN)), runner);
  for (const form of ['p "w', "p%20%22w", "p+%22w", 'p \\"w', btoa('p "w'), btoa('me:p "w')]) {
    assert.ok(runner.told.includes(`secret ${form}`), form);
    assert.ok(secrets.has(form), form);
  }
  const nothing = fakeRunner();
  maskLogin(new Map([["username", "me"], ["password", ""]]), nothing);
  assert.equal(nothing.told, []);
});

test("the login is for the host of registry, in whatever letters, and for no other", async () => {
  for (const registry of ["Registry.Example.com/k8s", "registry.example.com"]) {
    const { credential } = await found(registry, "registry.example.com/other/app") ?? {};
    assert.equal(credential, LOGIN, registry);
  }
  for (const other of ["example.com/a", "registry.example.com:5000/a", "docker.io/library/a"]) {
    const { credential } = await found("registry.example.com", other) ?? {};
    assert.is(credential, undefined, other);
  }
});

test("a user of Docker Hub is meant where registry is no host", async () => {
  const { credential } = await found("someone", "docker.io/someone/pause") ?? {};
  assert.equal(credential, LOGIN);
});

test("without a login nothing but the files is asked", () => {
  const inputs = readInputs(new Map([["command", "push"], ["registry", "a.io"]]));
  assert.is(credentialsFor(inputs, new AbortController().signal), undefined);
});

test.run();
