import { BEHAVIOUR_ROWS } from "./run/behaviour-rows.ts";
import { IMAGE_ROWS } from "./image-rows.ts";
import { INDEX_ROWS } from "./index-rows.ts";
import { PROGRAM_ROWS } from "./program-rows.ts";
import type { Row } from "./row.ts";
import { WINDOWS_IMAGE_ROWS } from "./windows/image-rows.ts";
import { WINDOWS_PROGRAM_ROWS } from "./windows/program-rows.ts";

/** All rows, in the order in which they are judged, by what they are about. */
export const ROWS: Readonly<Record<"index" | "image" | "program" | "behaviour", readonly Row[]>> = {
  index: INDEX_ROWS,
  image: [...IMAGE_ROWS, ...WINDOWS_IMAGE_ROWS],
  program: [...PROGRAM_ROWS, ...WINDOWS_PROGRAM_ROWS],
  behaviour: BEHAVIOUR_ROWS,
};
