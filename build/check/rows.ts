import { BEHAVIOUR_ROWS } from "./behaviour-rows.ts";
import { IMAGE_ROWS } from "./image-rows.ts";
import { INDEX_ROWS } from "./index-rows.ts";
import { PROGRAM_ROWS } from "./program-rows.ts";
import type { Row } from "./row.ts";

/** All rows, in the order in which they are judged, by what they are about. */
export const ROWS: Readonly<Record<"index" | "image" | "program" | "behaviour", readonly Row[]>> = {
  index: INDEX_ROWS,
  image: IMAGE_ROWS,
  program: PROGRAM_ROWS,
  behaviour: BEHAVIOUR_ROWS,
};
