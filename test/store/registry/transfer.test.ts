import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Content, content } from "../../../build/oci/descriptor.ts";
import { OCI } from "../../../build/oci/media-types.ts";
import { failsWith } from "../../support/fails.ts";
import { bytesOf } from "../../support/images.ts";
import { type TestRegistry, withRegistry } from "../../support/registry.ts";
import { flipped, lengthened, shortened } from "../../support/registry/alterations.ts";
import type { Fault } from "../../support/registry/faults.ts";
import { putBlob, readBlob } from "../put.ts";
import { openStore } from "./open.ts";

/** More than is kept in memory. */
const SIZE = 4 * 1024 * 1024 + 100_000;
const SIZES = [5000, SIZE] as const;

/** Carries a blob from one registry to another, as a copy does. */
async function carry(from: TestRegistry, to: TestRegistry, { descriptor }: Content): Promise<void> {
  const [source, destination] = [openStore(from, { access: "pull" }), openStore(to)];
  await destination.putBlob(descriptor, () => source.getBlob(descriptor));
}

async function withTwo(
  blob: Content,
  use: (from: TestRegistry, to: TestRegistry) => Promise<void>,
): Promise<void> {
  await withRegistry({}, async (from) => {
    await putBlob(openStore(from), blob);
    await withRegistry({}, (to) => use(from, to));
  });
}

for (const size of SIZES) {
  const blob = content(OCI.layer, bytesOf(3, size));

  test(`a blob of ${size} bytes passes from registry to registry whole`, async () => {
    await withTwo(blob, async (from, to) => {
      await carry(from, to, blob);
      assert.equal(await readBlob(openStore(to), blob.descriptor), blob.bytes);
    });
  });

  const faults: Readonly<Record<string, Fault>> = {
    "its first byte wrong": { alter: flipped(0) },
    "its last byte wrong": { alter: flipped(size - 1) },
    "a byte too few": { alter: shortened(size - 1) },
    "a byte too many": { alter: lengthened(1) },
  };
  for (const [what, fault] of Object.entries(faults)) {
    test(`a blob of ${size} bytes that its registry gives with ${what} never becomes a whole upload`, async () => {
      await withTwo(blob, async (from, to) => {
        from.fault({ route: "blob", method: "GET", times: 9, fault });
        const { message } = await failsWith(["verification"], () => carry(from, to, blob));
        assert.match(message, `from ${from.host}/k8s/pause`);
        // What is not whole gets no answer: the registry need not know that it is wrong.
        const ended = to.logged("PUT upload").filter(({ status }) => status !== 0);
        assert.equal(ended, []);
        assert.is(to.repositories.get("k8s/pause")?.blobs.size ?? 0, 0);
      });
    });
  }
}

test.run();
