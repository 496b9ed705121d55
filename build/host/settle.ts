/**
 * Waits for all of them even when one fails, then fails as the first one did: nothing goes on in
 * the background after the caller has given up.
 *
 * @returns the values, in the order of `work`
 */
export async function everySettled<Value>(work: readonly Promise<Value>[]): Promise<Value[]> {
  const outcomes = await Promise.allSettled(work);
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}
