import { test } from "uvu";
import * as assert from "uvu/assert";
import { covers, scopesFor } from "../../../../build/store/registry/login/scope.ts";

const PAUSE = { host: "h.example", repository: "k8s/pause" };

test("a token is asked for all that will be needed, though the registry names less", () => {
  const named = "repository:k8s/pause:pull";
  assert.equal(scopesFor(PAUSE, "push", named), ["repository:k8s/pause:pull,push"]);
  assert.equal(scopesFor(PAUSE, "pull", named), ["repository:k8s/pause:pull"]);
});

test("a challenge without a scope means our own repository", () => {
  for (const named of [undefined, "", " "]) {
    assert.equal(scopesFor(PAUSE, "push", named), ["repository:k8s/pause:pull,push"]);
  }
});

test("a registry that knows the repository by another name is believed", () => {
  const named = "repository:proxy/k8s/pause:pull";
  assert.equal(scopesFor(PAUSE, "pull", named), [named]);
});

test("a mount adds the other repository to what was asked for before", () => {
  const named = "repository:k8s/pause:pull,push repository:base:pull";
  assert.equal(scopesFor(PAUSE, "push", named, ["repository:k8s/pause:pull,push"]), [
    "repository:k8s/pause:pull,push",
    "repository:base:pull",
  ]);
});

test("the name in a scope may have colons, and what is no scope is left out", () => {
  assert.equal(scopesFor(PAUSE, "pull", "repository:h:5000/a:pull nonsense :x"), [
    "repository:h:5000/a:pull",
  ]);
});

test("what is missing now is asked for first, and what was mounted from long ago is left out", () => {
  const before = Array.from({ length: 30 }, (_, index) => `repository:base${index}:pull`);
  const scopes = scopesFor(PAUSE, "push", "repository:k8s/pause:push repository:new:pull", before);
  assert.equal(scopes.slice(0, 3), [
    "repository:k8s/pause:pull,push",
    "repository:new:pull",
    "repository:base0:pull",
  ]);
  assert.is(scopes.length, 20);
});

test("a token is good for what it was asked for with, and for no more", () => {
  const held = ["repository:a:pull,push", "repository:b:pull"];
  for (
    const wanted of [[], ["repository:a:pull"], ["repository:b:pull", "repository:a:push,pull"]]
  ) {
    assert.ok(covers(held, wanted), String(wanted));
  }
  for (const wanted of [["repository:b:push"], ["repository:c:pull"], ["repository:a:delete"]]) {
    assert.not.ok(covers(held, wanted), String(wanted));
  }
});

test.run();
