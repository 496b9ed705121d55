import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readInputs } from "../../build/github/inputs.ts";
import { logOn } from "../../build/github/log.ts";
import type { Outputs } from "../../build/github/outputs.ts";
import { runVerify } from "../../build/github/verify.ts";
import { layoutStore } from "../../build/store/layout/layout.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import { putImage } from "../store/put.ts";
import { withFolder } from "../support/folder.ts";
import { sampleImage } from "../support/images.ts";
import { withRegistry } from "../support/registry.ts";
import { fakeRunner } from "./fake-runner.ts";

const { digest } = sampleImage(1).manifest.descriptor;

/** What the outputs would be, had the image passed. */
async function outputsFor(image: string): Promise<Outputs> {
  const inputs = readInputs(new Map([["command", "verify"], ["image", image], ["static", "true"]]));
  const log = logOn(fakeRunner(), {});
  const { signal } = new AbortController();
  return (await runVerify({ inputs, log, environment: {}, signal })).outputs;
}

test("the output image of a verification is what was checked, by its digest: tags move", () =>
  withRegistry({}, async ({ host }) => {
    const repository = `${host}/k8s/pause`;
    await putImage(registryStore({ host, repository: "k8s/pause" }), sampleImage(1), ["v1"]);
    for (const image of [`${repository}:v1`, `${repository}@${digest}`]) {
      assert.is((await outputsFor(image)).image, `${repository}@${digest}`);
    }
    assert.equal((await outputsFor(`${repository}:v1`)).references, [`${repository}:v1`]);
  }));

test("what is verified in files keeps its name: nobody pulls it", () =>
  withFolder(async (folder) => {
    const layout = join(folder, "layout");
    await putImage(layoutStore(layout), sampleImage(1), ["v1"]);
    assert.is((await outputsFor(`oci:${layout}:v1`)).image, `oci:${layout}:v1`);
    const program = join(folder, "pause-amd64");
    await writeFile(program, "no ELF");
    assert.is((await outputsFor(program)).image, program);
  }));

test.run();
