import { test } from "uvu";
import * as assert from "uvu/assert";
import { proxyFor } from "../../../../build/store/registry/http/proxy.ts";
import type { Environment } from "../../../../build/store/registry/http/trust.ts";

const P = "http://proxy:3128";

const CASES: readonly [url: string, env: Environment, proxy: string | undefined][] = [
  ["https://r.example/", {}, undefined],
  ["https://r.example/", { HTTPS_PROXY: P }, P],
  ["https://r.example/", { https_proxy: P }, P],
  ["https://r.example/", { HTTPS_PROXY: P, https_proxy: "http://other" }, P],
  ["https://r.example/", { HTTP_PROXY: P }, undefined],
  ["http://r.example/", { HTTP_PROXY: P }, P],
  ["http://r.example/", { http_proxy: P }, P],
  ["http://r.example/", { HTTPS_PROXY: P }, undefined],
  ["https://r.example/", { ALL_PROXY: P }, P],
  ["http://r.example/", { all_proxy: P, HTTP_PROXY: "http://other" }, "http://other"],
  ["https://r.example/", { HTTPS_PROXY: "proxy:3128" }, P],
  ["https://r.example/", { HTTPS_PROXY: "https://proxy" }, "https://proxy"],
  ["https://r.example/", { HTTPS_PROXY: "http://me:pa%40ss@proxy:3128/" }, P],
  ["https://r.example/", { HTTPS_PROXY: "" }, undefined],
  // A server that runs CGI programs calls a header of whoever asks HTTP_PROXY.
  ["http://r.example/", { HTTP_PROXY: P, REQUEST_METHOD: "GET" }, undefined],
  ["http://localhost:5000/", { HTTP_PROXY: P, ALL_PROXY: P }, undefined],
  ["https://127.9.9.9/", { HTTPS_PROXY: P }, undefined],
  ["https://[::1]:5000/", { HTTPS_PROXY: P }, undefined],
  ["https://127.0.0.1.example/", { HTTPS_PROXY: P }, P],
];

test("the proxy is taken from the environment, by the scheme of what is asked for", () => {
  for (const [url, env, proxy] of CASES) {
    const found = proxyFor(new URL(url), env);
    assert.is(found?.url.origin, proxy, `${url} ${JSON.stringify(env)}`);
    assert.is(found?.name, proxy);
  }
});

const EXEMPT: readonly [entry: string, hosts: readonly string[], others: readonly string[]][] = [
  ["*", ["r.example", "10.0.0.1"], []],
  ["r.example", ["r.example", "R.EXAMPLE", "a.r.example", "r.example:5000"], ["xr.example"]],
  [".r.example", ["a.r.example", "b.a.r.example"], ["r.example", "xr.example"]],
  ["*.r.example", ["a.r.example"], ["r.example"]],
  ["r.example:5000", ["r.example:5000", "a.r.example:5000"], ["r.example", "r.example:5001"]],
  ["r.example:443", ["r.example"], ["r.example:5000"]],
  ["a.example, b.example", ["a.example", "b.example"], ["c.example"]],
  ["a.example b.example", ["b.example"], ["c.example"]],
  ["10.0.0.0/8", ["10.1.2.3", "10.1.2.3:5000"], ["11.0.0.1", "r.example"]],
  ["fd00::/8", ["[fd12::1]"], ["[fe80::1]", "10.0.0.1"]],
  ["10.0.0.1", ["10.0.0.1:5000"], ["10.0.0.11", "110.0.0.1"]],
  ["10.0.0.1:5000", ["10.0.0.1:5000"], ["10.0.0.1"]],
  ["fd00::1", ["[fd00:0::1]"], ["[fd00::2]"]],
  ["[fd00::1]:5000", ["[fd00::1]:5000"], ["[fd00::1]"]],
  ["example", ["registry.example"], ["registry.example.org"]],
  ["", [], ["r.example"]],
  [" , .", [], ["r.example"]],
];

test("NO_PROXY names hosts, what is below them, addresses and blocks of them, with ports or without", () => {
  for (const [entry, hosts, others] of EXEMPT) {
    for (const name of ["NO_PROXY", "no_proxy"]) {
      const proxy = (host: string): unknown =>
        proxyFor(new URL(`https://${host}/`), { HTTPS_PROXY: P, [name]: entry });
      for (const host of hosts) assert.is(proxy(host), undefined, `${entry} names ${host}`);
      for (const host of others) assert.ok(proxy(host), `${entry} does not name ${host}`);
    }
  }
});

test("the proxy's user and password are decoded, and in no name of it", () => {
  const env = { HTTPS_PROXY: "http://me:p%40ss%3Aword@proxy:3128" };
  const proxy = proxyFor(new URL("https://r.example/"), env);
  assert.is(proxy?.authorization, `Basic ${btoa("me:p@ss:word")}`);
  assert.ok(proxy?.secrets.includes("p@ss:word"));
  assert.not.match(JSON.stringify([proxy?.name, proxy?.url]), /ss|word|me/);
});

test("a proxy of another kind, or none, is refused by the name of its variable, without its password", () => {
  const WRONG: readonly [string, RegExp][] = [
    ["socks5://me:secret@proxy:1080", /HTTPS_PROXY names a socks5 proxy/],
    ["socks5h://proxy", /socks5h/],
    ["ftp://me:secret@proxy", /a ftp proxy/],
    ["http://", /HTTPS_PROXY is no address/],
    ["http://me:secret@a b", /HTTPS_PROXY is no address/],
  ];
  for (const [HTTPS_PROXY, message] of WRONG) {
    const found = (): unknown => proxyFor(new URL("https://r.example/"), { HTTPS_PROXY });
    assert.throws(
      found,
      (error: Error) => message.test(error.message) && !error.message.includes("secret"),
    );
    assert.is(proxyFor(new URL("http://r.example/"), { HTTPS_PROXY }), undefined, "not asked for");
  }
});

test.run();
