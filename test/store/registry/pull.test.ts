import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseReference } from "../../../build/oci/reference.ts";
import { openPull } from "../../../build/store/registry/pull.ts";
import { sampleImage } from "../../support/images.ts";
import { withRegistry } from "../../support/registry.ts";
import { holding } from "../../support/registry/held.ts";
import { known, REPOSITORY } from "./open.ts";

const LOGIN = { username: "pause", password: "correct-horse" };

test("what is read from is asked with the login that is handed over", () =>
  withRegistry({ auth: { scheme: "basic", ...LOGIN } }, async ({ host, repositories }) => {
    const { layer, config, manifest } = sampleImage(1);
    repositories.set(REPOSITORY, holding([layer, config, manifest], { v1: manifest }));
    const store = openPull(parseReference(`${host}/${REPOSITORY}`), { credentials: known(LOGIN) });
    assert.is((await store.resolve("v1"))?.digest, manifest.descriptor.digest);
  }));

test.run();
