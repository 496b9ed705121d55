/** Writes the trusted root that the program brings along, after a change of @sigstore/tuf. */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { TRUSTED_ROOT_MODULE, trustedRootModule } from "./trusted-root-module.ts";

writeFileSync(TRUSTED_ROOT_MODULE, trustedRootModule(process.cwd()));
