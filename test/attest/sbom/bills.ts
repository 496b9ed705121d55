import {
  type Bill,
  type BillFile,
  type BillImage,
  hashed,
} from "../../../build/attest/sbom/bill.ts";
import { sha256 } from "../../../build/oci/digest.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** An image of a platform with one file in it, made of two sources. */
export function someImage(architecture: string, more: Partial<BillImage> = {}): BillImage {
  const file: BillFile = {
    ...hashed("pause", bytes(architecture)),
    sources: ["src/linux/pause.c", `arch/${architecture}/syscall.h`],
  };
  return {
    platform: { os: "linux", architecture },
    digest: sha256(bytes(`manifest of ${architecture}`)),
    files: [file],
    tools: [{ name: "clang", version: "19.1.7", told: "clang version 19.1.7" }],
    ...more,
  };
}

/** A bill of images of `architectures`, and of the index over them. */
export function someBill(
  architectures: readonly string[] = ["amd64", "arm64"],
  more: Partial<Bill> = {},
): Bill {
  const sources = ["src/linux/pause.c", ...architectures.map((arch) => `arch/${arch}/syscall.h`)];
  return {
    name: "pause",
    version: "3.10.2",
    created: "2026-11-22T10:00:00Z",
    builder: "0.1.0",
    index: sha256(bytes("index")),
    images: architectures.map((architecture) => someImage(architecture)),
    sources: [...sources, "Dockerfile.tmpl"].map((path) => hashed(path, bytes(path))),
    template: "Dockerfile.tmpl",
    ...more,
  };
}

/** A bill of one image alone. */
export function billOfOne(image: BillImage = someImage("amd64")): Bill {
  const { index: _, ...rest } = someBill([image.platform.architecture]);
  return { ...rest, images: [image] };
}

/** An image for Windows on a base. */
export function windowsImage(): BillImage {
  return someImage("amd64", {
    platform: { os: "windows", architecture: "amd64", "os.version": "10.0.20348.3207" },
    files: [
      { ...hashed("pause.exe", bytes("exe")), sources: ["src/linux/pause.c"] },
      { ...hashed("Windows/System32/it's (1).dll", bytes("dll")), sources: [] },
    ],
    tools: [{ name: "lld-link", version: "19.1.7", told: "LLD 19.1.7" }],
    base: { name: "mcr.example/base:v1", digest: sha256(bytes("base")) },
  });
}
