import { EXIT_CODES } from "../../error.ts";
import type { Row } from "../columns.ts";

/** The places where images are. */
export const PLACES: readonly Row[] = [
  ["HOST/NAME[:TAG|@DIGEST]", "a registry; foo/bar is docker.io/foo/bar"],
  ["docker://HOST/NAME[:TAG]", "the same, as skopeo writes it"],
  ["oci:DIR[:TAG], ./DIR", "an OCI layout"],
  ["oci-archive:FILE, ./FILE.tar", "an OCI layout in a tar"],
  ["docker-archive:FILE", 'the same for "docker load": one platform'],
];

/** Which of an image's platforms are taken. */
export const PLATFORM = {
  platform: {
    value: "LIST",
    kind: "platforms",
    multiple: true,
    summary: "only these, such as linux/amd64,windows/amd64:10.0.20348",
  },
} as const;

const REWRITE = "with --platform: a new index, with a new digest, of these images alone";

/** What becomes of the index that names more than these, at a registry. */
export const SPARSE_FIRST = {
  sparse: {
    summary:
      "with --platform: the index keeps its digest, and names images that are not there; layouts, archives and some registries refuse it",
    fallback: "this",
  },
  rewrite: { summary: REWRITE as string },
} as const;

/** And in an archive, which is whole. */
export const REWRITE_FIRST = {
  sparse: { summary: "refused: an archive holds all that its index names" },
  rewrite: { summary: REWRITE as string, fallback: "this" },
} as const;

export const REFERRERS = {
  "no-referrers": {
    summary: "without signatures, SBOMs and whatever else hangs on the image",
  },
} as const;

export const FOREIGN = {
  "include-foreign": {
    summary: "layers that stay elsewhere (Windows base layers) are fetched and pushed",
  },
} as const;

const REFRESH = {
  refresh: {
    summary: "look at everything, and for new signatures, even where the tag is right",
  },
} as const;

export const NO_CLOBBER = {
  "no-clobber": { summary: "leave tags alone that name something else" },
} as const;

const KEEP_GOING = {
  "keep-going": { short: "k", summary: "go on with the next image when one fails" },
} as const;

const RATE = {
  "max-requests-per-second": {
    value: "N",
    summary: "for each registry",
    fallback: "as many as it takes",
  },
} as const;

/** How a destination is treated that has something already, or fails. */
export const ARRIVING: typeof REFRESH & typeof NO_CLOBBER & typeof KEEP_GOING = {
  ...REFRESH,
  ...NO_CLOBBER,
  ...KEEP_GOING,
};

/** How one registry is spoken to. */
export const CONNECTION = {
  insecure: {
    summary: "plain http for the one registry that is not on this machine (also INSECURE=1)",
  },
  "cert-dir": {
    value: "DIR",
    kind: "folders",
    summary: "certificates for registries, as skopeo has it (also CERT_DIR=DIR)",
  },
} as const;

/** How results are told. */
const TELLING = {
  json: { summary: "print events and the result, a line of JSON each" },
  quiet: { short: "q", summary: "print nothing but errors" },
} as const;

export const HELP_OPTION = { help: { short: "h", summary: "print this" } } as const;

/** What all commands take that move images. */
export const MOVING: typeof RATE & typeof CONNECTION & typeof TELLING & typeof HELP_OPTION = {
  ...RATE,
  ...CONNECTION,
  ...TELLING,
  ...HELP_OPTION,
};

/** What the commands that move images end with. */
export const CARRYING_EXITS: readonly Row[] = [
  ["0", "everything is where it should be"],
  [`${EXIT_CODES.partial}`, "a part was done, a part failed"],
  [
    (["usage", "storage", "registry", "authentication", "verification", "interrupted"] as const)
      .map((code) => EXIT_CODES[code]).join(", "),
    'as "pause-image help" lists them, when nothing was done',
  ],
];
