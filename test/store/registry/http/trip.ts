/**
 * A program of its own, which `process.e2e.ts` starts on each runtime: it makes one request, and
 * says as JSON what came of it, and what memory it had beyond that of an idle process.
 *
 * Words: an address; GET, or PUT of as many bytes as are named.
 */

import { readFileSync } from "node:fs";
import process from "node:process";
import { send } from "../../../../build/store/registry/http/connection.ts";
import { openNetwork } from "../../../../build/store/registry/http/network.ts";
import { transportTo } from "./sending.ts";

/** The most memory that this process has had, in MiB. */
function highWaterMark(): number {
  const [, kib] = /VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return Number(kib) / 1024;
}

function zeros(size: number): ReadableStream<Uint8Array> {
  const chunk = 64 * 1024;
  let left = size;
  return new ReadableStream({
    pull(controller): void {
      if (left <= 0) return controller.close();
      controller.enqueue(new Uint8Array(Math.min(left, chunk)));
      left -= chunk;
    },
  }, { highWaterMark: 0 });
}

const [address = "", size] = process.argv.slice(2);
const url = new URL(address);
const idle = highWaterMark();
const network = openNetwork();
const payload = { size: Number(size), open: () => Promise.resolve(zeros(Number(size))) };
const { body } = await send(
  size === undefined ? { method: "GET", url } : { method: "PUT", url, payload },
  { ...transportTo(address), network },
);
let length = 0;
for await (const chunk of body ?? []) length += chunk.length;
process.stdout.write(JSON.stringify({ length, grown: highWaterMark() - idle }));
