import { EXIT_CODES } from "../error.ts";

const PLACES = `  HOST/NAME[:TAG|@DIGEST]       a registry; foo/bar is docker.io/foo/bar
  docker://HOST/NAME[:TAG]      the same, as skopeo writes it
  oci:DIR[:TAG], ./DIR          an OCI layout
  oci-archive:FILE, ./FILE.tar  an OCI layout in a tar
  docker-archive:FILE           the same for "docker load": one platform`;

const CONTENT = `  --platform LIST    only these, such as linux/amd64,windows/amd64:10.0.20348
  --sparse           with --platform: the index keeps its digest, and names images that are not
                     there; not every registry takes it [this]
  --rewrite          with --platform: a new index, with a new digest, of these images alone
  --no-referrers     without signatures, SBOMs and whatever else hangs on the image
  --include-foreign  layers that stay elsewhere (Windows base layers) are fetched and pushed`;

const TARGET =
  `  --refresh          look at everything, and for new signatures, even where the tag is right
  --no-clobber       leave tags alone that name something else
  -k, --keep-going   go on with the next image when one fails`;

const GENERAL = `  --max-requests-per-second N
                     for each registry [as many as it takes]
  --insecure         plain http for the one registry elsewhere (also INSECURE=1)
  --cert-dir DIR     certificates for registries, as skopeo has it (also CERT_DIR=DIR)
  --json             print events and the result, a line of JSON each
  -q, --quiet        print nothing but errors
  -h, --help         print this`;

const EXITS = `Exit codes:
  0   everything is where it should be
  ${EXIT_CODES.partial}  a part was done, a part failed
  ${EXIT_CODES.usage}, ${EXIT_CODES.storage}, ${EXIT_CODES.registry}, ${EXIT_CODES.authentication}, ${EXIT_CODES.verification}, ${EXIT_CODES.interrupted}  as "pause-image help" lists them, when nothing was done`;

/** The text of `mirror --help`. */
export function mirrorHelp(): string {
  return `Usage: pause-image mirror SRC DST… [option…]

Copies an image, every platform and all that hangs on it, under the same digest. What is there
already is not sent, and a run that was stopped is gone on with by running it again. A destination
without a tag gets the source's. SRC and DST are one of these:

${PLACES}

Tags (SRC and DST then name repositories):
  --tag LIST         these tags, or patterns such as '3.1?' and '*-linux-{amd64,arm64}'
  --semver RANGE     versions, such as '>=3.9 <4'
  --all-tags         all of them
  --newest N         of what these choose, or of all, the N highest versions
  --exclude LIST     none of these
  --prereleases      pre-releases too

Options:
${CONTENT}
${TARGET}
${GENERAL}

Examples:
  pause-image mirror registry.k8s.io/pause:3.10 10.0.0.5:5000/k8s/pause
  pause-image mirror registry.k8s.io/pause --semver '>=3.9' a.example/pause b.example/pause
  pause-image mirror registry.k8s.io/pause:3.10 ./out --platform linux/amd64 --rewrite

${EXITS}

docs/mirror.md says more.`;
}

/** The text of `save --help`. */
export function saveHelp(): string {
  return `Usage: pause-image save IMAGE… FILE [option…]

Saves images of registries to one archive, every platform and all that hangs on them, and writes
FILE.sha256 beside it. "pause-image load", "ctr image import", podman and skopeo read it. A run that
was stopped goes on when it is run again: what it has is in FILE.part.

Options:
  --format NAME      oci, or docker: one platform of each image, for "docker load" [oci]
${CONTENT}
${GENERAL}

Examples:
  pause-image save registry.k8s.io/pause:3.10 registry.k8s.io/coredns/coredns:v1.11.3 airgap.tar
  pause-image save registry.k8s.io/pause:3.10 pause.tar --format docker --platform linux/arm64

${EXITS}

docs/mirror.md says more.`;
}

/** The text of `load --help`. */
export function loadHelp(): string {
  return `Usage: pause-image load FILE REGISTRY [NAME…] [option…]

Pushes the images of an archive to a registry, under the paths and tags that they had at their own
and with the same digests: registry.k8s.io/pause:3.10 becomes REGISTRY/pause:3.10. FILE.sha256 is
checked first, when it is there. With NAMEs, only these.

Options:
  --no-referrers     without signatures, SBOMs and whatever else hangs on the images
${TARGET}
${GENERAL}

Examples:
  pause-image load airgap.tar 10.0.0.5:5000
  pause-image load airgap.tar 10.0.0.5:5000/mirror registry.k8s.io/pause

${EXITS}

docs/mirror.md says more.`;
}
