/** Registries of the open internet and of private networks, at their real addresses, in a network of their own. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Command } from "../../../../build/host/process.ts";
import { withFolder } from "../../../support/folder.ts";
import { lacks, skip } from "../../../support/skip.ts";
import { onBothRuntimes } from "./both-runtimes.ts";

const ADDRESSES = ["8.8.8.8", "9.9.9.9", "10.0.0.1", "169.254.169.254", "100.64.0.1"];
const ADDRESSES_6 = ["2620:fe::fe", "fd00::1", "fe80::1"];
const NAMES = [
  "8.8.8.8 public.test",
  "9.9.9.9 storage.test",
  "10.0.0.1 private.test",
  "169.254.169.254 metadata.test",
  "2620:fe::fe public6.test",
  "fd00::1 private6.test",
];

/** Gives this network those addresses, then those names, and starts what follows. */
const NETWORK = [
  "ip link set lo up",
  ...ADDRESSES.map((address) => `ip addr add ${address}/32 dev lo`),
  ...ADDRESSES_6.map((address) => `ip -6 addr add ${address}/128 dev lo nodad`),
  'mount --bind "$0" /etc/hosts',
  'exec "$@"',
].join(" && ");

const REFUSED = /^Cannot push .*: the registry sends us into a private network, to /;
const WENT = /^went$/;

const HOPS: readonly [from: string, to: string, outcome: RegExp][] = [
  ["public.test", "storage.test", WENT],
  ["public.test", "9.9.9.9", WENT],
  ["8.8.8.8", "storage.test", WENT],
  ["public6.test", "storage.test", WENT],
  ["public.test", "private.test", REFUSED],
  ["public.test", "metadata.test", REFUSED],
  ["public.test", "private6.test", REFUSED],
  ["public.test", "10.0.0.1", REFUSED],
  ["public.test", "127.0.0.1", REFUSED],
  ["public.test", "localhost", REFUSED],
  ["public.test", "100.64.0.1", REFUSED],
  ["public.test", "[fd00::1]", REFUSED],
  ["public.test", "[::1]", REFUSED],
  ["public.test", "[::ffff:10.0.0.1]", REFUSED],
  ["public.test", "0x0a000001", REFUSED],
  ["8.8.8.8", "private.test", REFUSED],
  ["public6.test", "private.test", REFUSED],
  ["private.test", "10.0.0.1", WENT],
  ["private.test", "private6.test", WENT],
  ["private.test", "storage.test", WENT],
  ["10.0.0.1", "metadata.test", WENT],
  ["[fd00::1]", "private.test", WENT],
  ["localhost", "private.test", WENT],
];

test("a registry at a public address cannot send us to a private one, one at a private address can", async () => {
  const missing = lacks("ip", "unshare");
  if (missing) return skip(missing);
  await withFolder(async (folder) => {
    const hosts = join(folder, "hosts");
    await writeFile(hosts, ["127.0.0.1 localhost", ...NAMES, ""].join("\n"));
    const inside: Command = ["unshare", "--net", "--mount", "sh", "-c", NETWORK, hosts];
    await onBothRuntimes("test/store/registry/http/hop.ts", async (start, runtime) => {
      for (const [from, to, outcome] of HOPS) {
        assert.match(await start([from, to], inside), outcome, `${from} to ${to} on ${runtime}`);
      }
    });
  });
});

test.run();
