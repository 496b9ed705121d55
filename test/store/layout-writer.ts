/**
 * A process that writes to a layout: `layout-writer.ts FOLDER NAME COUNT TAGS`, COUNT images under
 * TAGS tags in turn, and each as the latest. Says `begun` after the first one.
 */

import process from "node:process";
import { layoutStore } from "../../build/store/layout/layout.ts";
import { sampleImage } from "../support/images.ts";
import { putImage } from "./put.ts";

const [folder = "", name = "", count = "0", tags = count] = process.argv.slice(2);
for (let at = 0; at < Number(count); at++) {
  const image = sampleImage(at, { annotations: { name }, layerSize: 20_000 });
  await putImage(layoutStore(folder), image, [`${name}-${at % Number(tags)}`, `${name}-latest`]);
  if (at === 0) console.log("begun");
}
