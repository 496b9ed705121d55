import * as assert from "uvu/assert";
import { type ErrorCode, PauseError } from "../../build/error.ts";

/** Asserts that `act` fails with a PauseError of one of `codes`, and returns it. */
export async function failsWith(
  codes: readonly ErrorCode[],
  act: () => unknown,
): Promise<PauseError> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof PauseError)) throw error;
    assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`);
    return error;
  }
  throw new Error(`should have failed with ${codes.join(" or ")}`);
}
