import { EXIT_CODES } from "../error.ts";

/** The text of `verify --help`. */
export function verifyHelp(): string {
  return `Usage: pause-image verify [TARGET] [option…]

Checks whether TARGET is a good pause image, whoever made it. TARGET is one of
these; without one, out. Each but a program takes :TAG or @DIGEST behind it.

  bin/pause-amd64          a program
  out, oci:DIR             an OCI layout
  x.tar, oci-archive:FILE  an archive of one
  HOST/NAME                an image on a registry

Its programs are run as process 1 of a PID namespace, as user 65535, with no network, no
capabilities and an empty read-only root; those of other architectures by qemu-user-static.

Options:
  --platform LIST  only these, such as linux/arm64,linux/arm/v7
  --static         run nothing: only the rows about the image and the program's file
  --format NAME    table, json or tap [table]
  --json           --format json
  --insecure       plain http for a registry that is not on this machine (also INSECURE=1)
  --cert-dir DIR   certificates for registries, as skopeo has it (also CERT_DIR=DIR)
  -h, --help       print this

Exit codes:
  0   every row passes
  ${EXIT_CODES.verification}  a row fails
  ${EXIT_CODES.partial}  no row fails, but some could not be checked here

docs/verify.md lists the rows.`;
}
