import { test } from "uvu";
import * as assert from "uvu/assert";
import { withGiven } from "../../../../build/store/registry/login/given.ts";
import { parseRepository } from "../../../../build/oci/reference.ts";

const LOGIN = { username: "me", password: "hunter2", from: "the caller" };

test("a login that is given is found for its host alone, and says where it is from", async () => {
  const source = withGiven({ ...LOGIN, host: "Registry.Example.com:5000" });
  const own = await source(parseRepository("registry.example.com:5000/a/b"));
  assert.equal(own, {
    credential: { username: "me", password: "hunter2" },
    from: "the caller",
  });
  for (const name of ["registry.example.com/a", "a.registry.example.com:5000/a", "docker.io/a/b"]) {
    assert.is((await source(parseRepository(name))).credential, undefined, name);
  }
});

test("Docker Hub is meant by all of its names", async () => {
  for (const host of ["docker.io", "index.docker.io", "registry-1.docker.io"]) {
    const { credential } = await withGiven({ ...LOGIN, host })(parseRepository("me/pause"));
    assert.ok(credential, host);
  }
});

test("a login without a password is none", async () => {
  const source = withGiven({ ...LOGIN, password: "", host: "a.io" });
  assert.is((await source(parseRepository("a.io/b"))).credential, undefined);
});

test.run();
