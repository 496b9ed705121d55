import type { Figure } from "../figure.ts";
import type { Stage } from "../stage.ts";
import { transfer } from "./transfer.ts";
import { trips } from "./trips.ts";

/** What the registry client is to be good at: few round trips, and much that passes through. */
export async function registry(stage: Stage): Promise<Figure[]> {
  return [...await trips(stage), ...await transfer(stage)];
}
