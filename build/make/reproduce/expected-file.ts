/** The digests that the sources are expected to become. It lies beside them, at their root. */
export const EXPECTED_FILE = "pause.lock.json";
