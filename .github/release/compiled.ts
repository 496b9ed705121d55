/// <reference lib="deno.ns" />
/** The entry of the compiled program: it gives up what the command does not need, and is the command. */
import process from "node:process";
import { dispensable } from "./permissions.ts";

for (const name of dispensable(process.argv.slice(2), process.env)) {
  Deno.permissions.revokeSync({ name });
}
await import("../../build/cli.ts");
