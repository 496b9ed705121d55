import { readFile } from "node:fs/promises";

/** A request in the access log of docker-registry: Apache's combined format. */
const REQUEST = /"[A-Z]+ \/v2\/\S* HTTP\/[\d.]+" \d{3} /;

/** How many requests a registry was asked so far, logins included, by its own access log. */
export async function countRequests(log: string): Promise<number> {
  return (await readFile(log, "utf8")).split("\n").filter((line) => REQUEST.test(line)).length;
}
