/** Signs and verifies, as a program: `program.js ROOT`, where the environment says with what. */
import { readFileSync } from "node:fs";
import process from "node:process";
import { keylessSeal } from "../../../build/attest/keyless/seal.ts";
import { verifyKeyless } from "../../../build/attest/keyless/verify.ts";
import { readTrustedRoot } from "../../../build/attest/trust/trusted-root.ts";

const [, , root = ""] = process.argv;
const seal = await keylessSeal({ environment: process.env });
const bundle = await seal.sign(new TextEncoder().encode("signed"), "text/plain");
const trusted = readTrustedRoot(new Uint8Array(readFileSync(root)), root);
console.log((await verifyKeyless(bundle, undefined, trusted)).identity);
