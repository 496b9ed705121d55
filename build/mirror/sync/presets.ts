import { didYouMean } from "../../did-you-mean.ts";
import { PauseError, reason } from "../../error.ts";
import { parseReference, type Reference } from "../../oci/reference.ts";

/**
 * The tag of pause that kubeadm of each minor version of Kubernetes wants: PauseVersion in its
 * constants.
 *
 * @see https://github.com/kubernetes/minikube/blob/master/pkg/minikube/constants/constants_kubeadm_images.go 1.21 to 1.32
 * @see https://github.com/kubernetes-sigs/kubespray/blob/master/roles/kubespray_defaults/vars/main/main.yml 1.33 to 1.35
 * @see https://github.com/kubeclipper/kubeclipper/pull/947 1.36
 */
export const PAUSE_TAGS: Readonly<Record<string, string>> = {
  "1.21": "3.4.1",
  "1.22": "3.5",
  "1.23": "3.6",
  "1.24": "3.7",
  "1.25": "3.8",
  "1.26": "3.9",
  "1.27": "3.9",
  "1.28": "3.9",
  "1.29": "3.9",
  "1.30": "3.9",
  "1.31": "3.10",
  "1.32": "3.10",
  "1.33": "3.10",
  "1.34": "3.10.1",
  "1.35": "3.10.1",
  "1.36": "3.10.2",
};

/**
 * The tag of pause that a version of Kubernetes wants.
 *
 * @param version `1.34`, `v1.34.1`: patch releases keep the pause of their minor version
 * @throws PauseError `usage` when the table does not know it, with the versions that it knows
 */
export function pauseTag(version: string): string {
  const minor = /^v?(\d+\.\d+)(\.|$)/.exec(version)?.[1] ?? version;
  const tag = Object.hasOwn(PAUSE_TAGS, minor) ? PAUSE_TAGS[minor] : undefined;
  if (tag !== undefined) return tag;
  const known = Object.keys(PAUSE_TAGS);
  throw new PauseError(
    "usage",
    `Cannot tell the pause image of Kubernetes ${version}: known are ${known[0]} to ${
      known.at(-1)
    }.${
      didYouMean(minor, known)
    } Name the image itself otherwise: "kubeadm config images list" prints it.`,
  );
}

/** An image of a list, with the number of its line, counted from 1. */
export interface Listed {
  readonly reference: Reference;
  readonly line: number;
}

/** Longer than any reference can be. */
const LONGEST_LINE = 1000;

/**
 * Reads a list of images: a reference on each line, as `kubeadm config images list` prints them.
 * Empty lines, and what follows a `#` at the beginning of a line or after a space, do not count.
 *
 * @param name how messages name the list
 * @throws PauseError `usage` for the first line that is no reference with a tag or a digest, and for
 * a list without images
 */
export function readImageList(text: string, name: string): Listed[] {
  const listed = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/).flatMap((raw, at) => {
    const line = raw.replace(/(^|\s)#.*$/, "").trim();
    return line === "" ? [] : [{ reference: readLine(line, `${name}:${at + 1}`), line: at + 1 }];
  });
  if (listed.length > 0) return listed;
  throw new PauseError("usage", `Cannot read the list of images from ${name}: it names none.`);
}

function readLine(line: string, where: string): Reference {
  if (/\s/.test(line) || line.length > LONGEST_LINE) {
    throw new PauseError(
      "usage",
      `Cannot read the list of images: line ${where} is more than one image's name. Write one on each line, and keep warnings out of it (2>/dev/null).`,
    );
  }
  let reference: Reference;
  try {
    reference = parseReference(line);
  } catch (error) {
    throw new PauseError("usage", `Cannot read the list of images: ${where}: ${reason(error)}`);
  }
  if (reference.tag !== undefined || reference.digest !== undefined) return reference;
  throw new PauseError(
    "usage",
    `Cannot read the list of images: ${where}: "${line}" has neither tag nor digest. Say which image is meant, such as ${line}:3.10.`,
  );
}
