// deadline: 600 s
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Index } from "../../../build/oci/manifest.ts";
import { withContainerd } from "../../support/containerd.ts";
import { lacks, skip } from "../../support/skip.ts";
import { VERSIONS } from "../../support/windows-base.ts";
import { CONTAINERDS } from "../../support/windows-hosts.ts";
import { readDocument, windowsTest } from "./place.ts";

windowsTest(
  "containerd chooses the image of its build, whatever its own update and ours",
  async ({ registry, make }) => {
    await make("update-base");
    const { index } = await make("all-push");
    const { manifests } = readDocument<Index>(registry, index?.digest ?? "");
    for (const [name, choose] of Object.entries(CONTAINERDS)) {
      for (const [at, build] of ["10.0.17763", "10.0.20348", "10.0.26100"].entries()) {
        for (const update of ["", ".0", ".1", ".3207", ".99999"]) {
          const chosen = choose(manifests, build + update)?.platform?.["os.version"];
          assert.is(chosen, VERSIONS[at], `${name} on ${build}${update}`);
        }
      }
      assert.is(choose(manifests, "10.0.14393.1"), undefined, name);
    }
  },
);

windowsTest(
  "containerd fetches all that the images for Windows have, and nothing of Linux",
  async ({ registry, make }) => {
    if (lacks("containerd", "ctr")) return skip("containerd is not there");
    await make("update-base");
    const { index } = await make("all", "OUTPUT=registry");
    const { manifests } = readDocument<Index>(registry, index?.digest ?? "");
    await withContainerd(async (ctr) => {
      const image = `${registry.host}/k8s/pause:v1`;
      await ctr("content", "fetch", "--plain-http", "--platform", "windows/amd64", image);
      const fetched = await ctr("content", "ls", "--quiet");
      const kinds = manifests.map((
        { digest, platform },
      ) => [platform?.os, fetched.includes(digest)]);
      assert.equal(kinds, [["linux", false], ...VERSIONS.map(() => ["windows", true])]);
      // The index; manifests, configurations; two layers of each base; two of ours that all share, one of each.
      assert.is(fetched.trim().split("\n").length, 1 + 3 + 3 + 3 * 2 + 2 + 3);
    });
  },
  { foreign: false },
);

test.run();
