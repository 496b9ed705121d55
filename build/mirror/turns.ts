/** Does the work of a key after the work of the same key that is under way. */
export type Turns = (key: string, work: () => Promise<void>) => Promise<void>;

/** For so many that fail one waits, one after another. Then all go on side by side. */
const MOST_FAILURES = 2;

/**
 * Has one of those who want the same go first. When it is done, the others go on side by side, and
 * find what it made. When it fails, the next one goes first; those who have waited for a second
 * failure wait for no third: what hangs would hang as often as there are who want it.
 *
 * Whoever goes first waits for nobody of the same key, so that nobody waits for ever as long as
 * works wait for each other's keys in one order only.
 */
export function turns(): Turns {
  const firsts = new Map<string, Promise<boolean>>();
  const goFirst = async (key: string, work: () => Promise<void>): Promise<void> => {
    const going = work();
    const end = (): boolean => firsts.delete(key);
    firsts.set(key, going.then(end, () => !end()));
    await going;
  };
  return async (key, work) => {
    for (let failures = 0; failures < MOST_FAILURES; failures++) {
      const first = firsts.get(key);
      if (first === undefined) return await goFirst(key, work);
      if (await first) break;
    }
    await work();
  };
}
