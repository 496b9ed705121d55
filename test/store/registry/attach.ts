/** A process of its own that puts referrers: HOST, the digest and size of the subject, and seeds. */

import process from "node:process";
import { OCI } from "../../../build/oci/media-types.ts";
import { parseDigest } from "../../../build/oci/digest.ts";
import { sampleImage } from "../../support/images.ts";
import { putImage } from "../put.ts";
import { anonymous, REPOSITORY } from "./open.ts";
import { registryStore } from "../../../build/store/registry/registry.ts";

const [host = "", digest = "", size = "", ...seeds] = process.argv.slice(2);
const descriptor = { mediaType: OCI.manifest, digest: parseDigest(digest), size: Number(size) };
const subject = { descriptor, bytes: new Uint8Array() };
await Promise.all(seeds.map(async (seed) => {
  const store = registryStore({ host, repository: REPOSITORY }, { credentials: anonymous });
  await putImage(store, sampleImage(Number(seed), { subject }));
}));
