import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseRepository } from "../../../../build/oci/reference.ts";
import {
  apiRoot,
  isLoopback,
  sentAddress,
} from "../../../../build/store/registry/http/endpoint.ts";

test("loopback is localhost, 127.0.0.0/8 and [::1], and no name that looks like them", () => {
  for (const host of ["localhost", "127.0.0.1", "127.255.0.9", "[::1]"]) {
    assert.ok(isLoopback(host));
  }
  const others = ["localhost.example", "127.0.0.1.example", "128.0.0.1", "[::2]", "10.0.0.1"];
  for (const host of others) assert.not.ok(isLoopback(host), host);
});

const ROOTS: readonly [name: string, plainHttp: boolean, root: string][] = [
  ["localhost:5000/a", false, "http://localhost:5000/v2/"],
  ["127.0.0.1:5000/a", false, "http://127.0.0.1:5000/v2/"],
  ["127.9.9.9/a", false, "http://127.9.9.9/v2/"],
  ["[::1]:5000/a", false, "http://[::1]:5000/v2/"],
  ["localhost:443/a", false, "http://localhost:443/v2/"],
  ["10.0.0.5:5000/a", false, "https://10.0.0.5:5000/v2/"],
  ["10.0.0.5:5000/a", true, "http://10.0.0.5:5000/v2/"],
  ["registry.example/a", false, "https://registry.example/v2/"],
  ["registry.example:80/a", false, "https://registry.example:80/v2/"],
  ["localhost.example/a", false, "https://localhost.example/v2/"],
  ["busybox", false, "https://registry-1.docker.io/v2/"],
  // Who mirrors Docker Hub to a registry without TLS says so of that registry.
  ["busybox", true, "https://registry-1.docker.io/v2/"],
];

test("apiRoot() speaks https, and plain http to this machine or when told to", () => {
  for (const [name, plainHttp, root] of ROOTS) {
    assert.is(apiRoot(parseRepository(name), plainHttp).href, root, name);
  }
});

const SENT: readonly [from: string, location: string, to: string | undefined][] = [
  ["https://r.example/v2/a", "/v2/b?x=%2F", "https://r.example/v2/b?x=%2F"],
  ["https://r.example/v2/a", "b", "https://r.example/v2/b"],
  ["https://r.example/v2/a", "https://s.example/b", "https://s.example/b"],
  ["https://r.example/v2/a", "//s.example/b", "https://s.example/b"],
  ["https://r.example/v2/a", "http://s.example/b", undefined],
  ["https://r.example/v2/a", "http://r.example/b?c", "https://r.example/b?c"],
  ["https://r.example:5000/a", "http://r.example:5000/b", "https://r.example:5000/b"],
  ["https://r.example/a", "http://r.example:8080/b", undefined],
  ["http://127.0.0.1:5000/a", "http://127.0.0.1:6000/b", "http://127.0.0.1:6000/b"],
  ["http://127.0.0.1:5000/a", "https://s.example/b", "https://s.example/b"],
  ["https://r.example/a", "https://me:secret@s.example/b", "https://s.example/b"],
  ["https://r.example/a", "file:///etc/passwd", undefined],
  ["https://r.example/a", "ftp://s.example/b", undefined],
  ["https://r.example/a", "https://", undefined],
];

test("sentAddress() never leaves https for http, and takes a registry's wrong scheme for its own", () => {
  for (const [from, location, to] of SENT) {
    assert.is(sentAddress(new URL(from), location)?.href, to, location);
  }
});

test.run();
