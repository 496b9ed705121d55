/** What the tests of the four verdicts share. docs/verify-signature.md has a row for each test. */

import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Verdict } from "../../../build/attest/verify/verdict.ts";
import { type Content, jsonContent } from "../../../build/oci/descriptor.ts";
import { OCI } from "../../../build/oci/media-types.ts";
import { REPOSITORY } from "../../store/registry/open.ts";
import type { TestRegistry } from "../../support/registry.ts";
import type { Fault } from "../../support/registry/faults.ts";
import type { Route } from "../../support/registry/route.ts";
import {
  type Contents,
  cosignLayer,
  cosignManifest,
  keyBundle,
  manifestOf,
  referrerOf,
  simpleSigning,
  statement,
} from "./signing.ts";
import { FALLBACK_TAG, reasons, ROOT, type Scene, STRANGER, TRUSTED, verdictOn } from "./stage.ts";

/** What there is, and what is said about it. */
export interface Row extends Scene {
  /** What is said of what does not count, or cannot be read. @default nothing is said */
  readonly says?: RegExp;
}

/** Adds a test for each row: that the verdict is this one, and why. */
export function testVerdict(verdict: Verdict, rows: Readonly<Record<string, Row>>): void {
  for (const [name, { says, ...scene }] of Object.entries(rows)) {
    test(`${verdict}: ${name}`, async () => {
      const verified = await verdictOn(scene);
      assert.is(verified.verdict, verdict, reasons(verified).join("\n"));
      assert.match(reasons(verified).join("\n"), says ?? /^$/);
    });
  }
}

/** Signatures as they should be, of either scheme. */
export const COSIGN: Contents = cosignManifest([cosignLayer(TRUSTED, simpleSigning(ROOT))]);
export const REFERRER: Contents = referrerOf(ROOT, keyBundle(TRUSTED, statement(ROOT)));
export const STRANGE: Contents = referrerOf(ROOT, keyBundle(STRANGER, statement(ROOT)));
export const SBOM: Contents = referrerOf(ROOT, "{}", "application/spdx+json");

/** Orders a fault for every request of a kind. */
export function always(
  route: Route,
  fault: Fault,
  method?: string,
): (registry: TestRegistry) => void {
  return (registry) =>
    registry.fault({ route, fault, times: 100, ...(method !== undefined && { method }) });
}

/** Has the fallback tag list one thing, which is there, under some type. */
export function listed(
  { repositories }: TestRegistry,
  contents: Contents,
  artifactType: string,
): void {
  const { manifests, tags } = repositories.get(REPOSITORY) ??
    { manifests: new Map(), tags: new Map() };
  const manifest = manifestOf(contents);
  const list = jsonContent(OCI.index, {
    schemaVersion: 2,
    mediaType: OCI.index,
    manifests: [{ ...manifest.descriptor, artifactType }],
  });
  const keep = ({ descriptor: { digest, mediaType }, bytes }: Content): void =>
    void manifests.set(digest, { mediaType, bytes });
  for (const each of [manifest, list]) keep(each);
  tags.set(FALLBACK_TAG, list.descriptor.digest);
}
