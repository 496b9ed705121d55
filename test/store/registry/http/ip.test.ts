import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  isIn,
  isPublicAddress,
  parseAddress,
  parseBlock,
} from "../../../../build/store/registry/http/ip.ts";

const PRIVATE = [
  ...["127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255"],
  ...["192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "198.19.0.1"],
  ...["192.0.2.1", "203.0.113.9", "224.0.0.1", "255.255.255.255", "240.0.0.1"],
  ...["::", "::1", "fe80::1", "fe80::1%eth0", "febf::1", "fc00::1", "fdff::1", "ff02::1"],
  ...["::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "0:0:0:0:0:ffff:a00:1"],
  ...["64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:a00:1::1"],
  ...["::127.0.0.1", "2001::1", "2001:db8::1", "fec0::1", "registry.example", "", "1.2.3"],
];

const PUBLIC = [
  ...["1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1"],
  ...["169.253.1.1", "192.167.1.1", "126.255.255.255", "128.0.0.1", "223.255.255.255"],
  ...["2606:4700:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"],
  ...["2002:808:808::1"],
];

test("addresses of this machine, of private networks and of no network are not public", () => {
  for (const address of PRIVATE) assert.not.ok(isPublicAddress(address), address);
});

test("addresses of the open internet are public", () => {
  for (const address of PUBLIC) assert.ok(isPublicAddress(address), address);
});

test("parseAddress() reads every form, and tells addresses from names", () => {
  assert.equal(parseAddress("10.0.0.1"), [10, 0, 0, 1]);
  assert.equal(parseAddress("1:2::ff"), [0, 1, 0, 2, ...new Array(11).fill(0), 255]);
  assert.equal(parseAddress("::"), new Array(16).fill(0));
  assert.equal(parseAddress("1::"), [0, 1, ...new Array(14).fill(0)]);
  for (const name of ["256.0.0.1", "localhost", "1.2.3.4.5", "::g", "a:b", ":", "1.2.3.4:80"]) {
    assert.is(parseAddress(name), undefined, name);
  }
});

const BLOCKS: readonly [block: string, inside: string, outside: string][] = [
  ["10.0.0.0/8", "10.255.0.1", "11.0.0.0"],
  ["192.168.4.0/22", "192.168.7.255", "192.168.8.0"],
  ["1.2.3.4/32", "1.2.3.4", "1.2.3.5"],
  ["0.0.0.0/0", "9.9.9.9", "::1"],
  ["fc00::/7", "fdff::", "fe00::"],
  ["2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::"],
];

test("a block has the addresses that begin as it does, of its own family", () => {
  for (const [text, inside, outside] of BLOCKS) {
    const block = parseBlock(text);
    assert.ok(block && isIn(parseAddress(inside) ?? [], block), `${inside} is in ${text}`);
    assert.not.ok(isIn(parseAddress(outside) ?? [], block), `${outside} is not in ${text}`);
  }
  for (const none of ["10.0.0.0/33", "10.0.0.0", "::/129", "name/8", "10.0.0.0/x", "/8"]) {
    assert.is(parseBlock(none), undefined, none);
  }
});

test.run();
