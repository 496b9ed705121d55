import { isAttestation } from "./attestation.ts";
import { isSamePlatform, nameOf } from "../oci/platform.ts";
import { type Row, row } from "./row.ts";

/** What holds for the index. */
export const INDEX_ROWS: readonly Row[] = [
  row({
    id: "index-platforms",
    states: "every entry of the index says its platform",
    why: "Runtimes pass over an entry without one, or take it for their own.",
    link: "https://github.com/opencontainers/image-spec/blob/v1.1.0/image-index.md",
    needs: ["index"],
    check: ({ index }) => {
      const without = index.manifests.filter((entry) => !isAttestation(entry) && !entry.platform);
      return without.length === 0 ? undefined : without.map(({ digest }) => digest).join(", ");
    },
  }),
  row({
    id: "index-unique",
    states: "no two entries of the index are for the same platform",
    why: "Some runtimes take the first of them, and some the last.",
    needs: ["index"],
    check: ({ index }) => {
      const platforms = index.manifests.filter((entry) => !isAttestation(entry))
        .flatMap(({ platform }) => platform ?? []);
      const twice = platforms.filter((platform, at) =>
        platforms.slice(0, at).some((other) =>
          isSamePlatform(platform, other) && platform["os.version"] === other["os.version"]
        )
      );
      return twice.length === 0 ? undefined : twice.map(nameOf).join(", ");
    },
  }),
];
