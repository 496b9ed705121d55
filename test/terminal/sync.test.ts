import { test } from "uvu";
import * as assert from "uvu/assert";
import { EXIT_CODES } from "../../build/error.ts";
import { runSync } from "../../build/terminal/sync.ts";
import { OUT_OF_DATE } from "../../build/terminal/manual/sync.ts";
import { putSample } from "../mirror/sync/places.ts";
import { failsWith } from "../support/fails.ts";
import { desk } from "./desk.ts";
import { withStage } from "./sync-stage.ts";

const ONE = "  - image: {from}/k8s/pause:3.10";

test("sync mirrors what the file says; a second run asks one request for each tag", async () => {
  await withStage(async ({ from, to, source, destination, sync }) => {
    const index = await putSample(source("k8s/pause"), ["3.10"]);
    const first = await sync(ONE);
    assert.is(first.code, 0);
    assert.match(
      first.lines[0] ?? "",
      /^TO\/mirror\/k8s\/pause:3\.10 {2}DIGEST {2}copied {2}\(/,
    );
    assert.match(first.lines.at(-1) ?? "", "1 of 1 image up to date");
    const there = await destination("mirror/k8s/pause").resolve("3.10");
    assert.is(there?.digest, index.descriptor.digest);
    const before = [from.log.length, to.log.length];
    const second = await sync(ONE);
    assert.is(second.code, 0);
    assert.match(second.lines[0] ?? "", "is up to date");
    assert.equal([from.log.length - (before[0] ?? 0), to.log.length - (before[1] ?? 0)], [1, 1]);
    assert.is(to.log.at(-1)?.method, "HEAD");
  });
});

test("the closing table has a row for each registry", async () => {
  await withStage(async ({ source, sync }) => {
    await putSample(source("a"), ["1"]);
    const { lines } = await sync("  - image: {from}/a:1", [], '  - to: "{to}/again/{name}"');
    const table = lines.slice(-3).map((line) => line.trim().split(/ {2,}/));
    assert.equal(table[0], ["registry", "copied", "present", "failed", "mounted", "bytes"]);
    assert.equal(table[1]?.slice(0, 5), ["TO", "2", "0", "0", "4"]);
    assert.equal(table[2], ["1 of 1 image up to date"]);
  });
});

test("--dry-run says what would be sent, and sends nothing", async () => {
  await withStage(async ({ to, source, sync }) => {
    await putSample(source("k8s/pause"), ["3.10"]);
    const { code, lines } = await sync(ONE, ["--dry-run"]);
    assert.is(code, 0);
    assert.match(
      lines[0] ?? "",
      /mirror\/k8s\/pause:3\.10 {2}missing {2}.* in 4 blobs and 3 manif/,
    );
    assert.match(lines.at(-1) ?? "", /^1 image: 1 missing; .* to send$/);
    assert.equal(to.log.filter(({ method }) => !["GET", "HEAD"].includes(method)), []);
  });
});

test("--check says by its exit code whether something is out of date", async () => {
  await withStage(async ({ source, sync }) => {
    await putSample(source("k8s/pause"), ["3.10"]);
    assert.is((await sync(ONE, ["--check"])).code, OUT_OF_DATE);
    await sync(ONE);
    const current = await sync(ONE, ["--check"]);
    assert.is(current.code, 0);
    assert.equal(current.lines.at(-1), "1 image: 1 up to date");
    await putSample(source("k8s/pause"), ["3.10"], 2);
    const outdated = await sync(ONE, ["--check", "--quiet"]);
    assert.equal([outdated.code, outdated.lines], [OUT_OF_DATE, ["1 image: 1 out of date"]]);
  });
});

test("what could not be checked is never out of date nor up to date", async () => {
  await withStage(async ({ to, source, sync }) => {
    await putSample(source("k8s/pause"), ["3.10"]);
    to.fault({ route: "manifest", times: 10, fault: { status: 403, headers: {} } });
    const { code, lines } = await sync(ONE, ["--check"]);
    assert.is(code, EXIT_CODES.authentication);
    assert.match(lines[0] ?? "", /failed {2}Cannot push/);
  });
});

test("a tag that is missing fails alone: what is under way with it arrives, with --keep-going or without", async () => {
  const sources = '  - image: {from}/k8s/pause\n    tags: ["3.1O", "3.10"]';
  await withStage(async ({ source, destination, sync }) => {
    await putSample(source("k8s/pause"), ["3.10"]);
    const stopped = await sync(sources);
    assert.is(stopped.code, EXIT_CODES.partial);
    assert.match(stopped.errors[0] ?? "", /3\.1O {2}failed {2}.*Did you mean "3\.10"\?/);
    assert.ok(await destination("mirror/k8s/pause").resolve("3.10"));
    const kept = await sync(sources, ["--keep-going"]);
    assert.is(kept.code, EXIT_CODES.partial);
    assert.match(kept.lines.at(-1) ?? "", "1 of 2 images up to date, 1 failed");
  });
});

test("a source whose tags cannot be told is an error before anything is sent, or fails alone", async () => {
  const sources = `${ONE}\n  - image: {from}/none\n    tags: { all: true }`;
  await withStage(async ({ to, source, sync }) => {
    await putSample(source("k8s/pause"), ["3.10"]);
    await failsWith(["registry"], () => sync(sources));
    assert.equal(to.log, []);
    const { code, errors, lines } = await sync(sources, ["-k"]);
    assert.is(code, EXIT_CODES.partial);
    assert.match(errors[0] ?? "", /FROM\/none {2}failed/);
    assert.is(lines.at(-1), "1 of 2 images up to date, 1 failed");
  });
});

test("the list of images of kubeadm is read from the standard input", async () => {
  await withStage(async ({ source, destination, sync }) => {
    for (const name of ["pause", "coredns/coredns"]) await putSample(source(name), ["1"]);
    const { code } = await sync('  - list: "-"');
    assert.is(code, 0);
    assert.ok(await destination("mirror/coredns/coredns").resolve("1"));
  }, { input: "{from}/pause:1\r\n\n{from}/coredns/coredns:1\n" });
});

test("each pod of an Indexed Job mirrors its share, and all of them everything", async () => {
  const names = Array.from({ length: 6 }, (_, at) => `image${at}`);
  const sources = names.map((name) => `  - image: {from}/${name}:1`).join("\n");
  await withStage(async ({ source, destination, sync }) => {
    for (const name of names) await putSample(source(name), ["1"]);
    const counts: number[] = [];
    for (const index of [0, 1, 2]) {
      const { code, lines } = await sync(sources, ["--shard", `${index}/3`]);
      assert.is(code, 0);
      counts.push(lines.filter((line) => line.includes("copied  (")).length);
    }
    assert.is(counts.reduce((sum, count) => sum + count), 6);
    for (const name of names) assert.ok(await destination(`mirror/${name}`).resolve("1"), name);
  });
});

test("--json prints a line for each event, and a plan as one document", async () => {
  await withStage(async ({ source, sync }) => {
    await putSample(source("k8s/pause"), ["3.10"]);
    const plan = await sync(ONE, ["--dry-run", "--json"]);
    const { plan: [planned] } = JSON.parse(plan.lines.join("\n"));
    assert.equal([planned.destinations[0].state, planned.destinations[0].sending.blobs], [
      "missing",
      4,
    ]);
    const { lines } = await sync(ONE, ["--json"]);
    const events = lines.map((line) => JSON.parse(line));
    assert.ok(events.some(({ type }) => type === "delivered"));
    const { type, images: [image], failures, skipped } = events.at(-1);
    assert.equal([type, failures, skipped], ["done", [], []]);
    assert.is(image.deliveries[0].outcome, "copied");
  });
});

test("--no-clobber moves no tag that names something else", async () => {
  await withStage(async ({ source, destination, sync }) => {
    const mine = await putSample(destination("mirror/k8s/pause"), ["3.10"], 2);
    await putSample(source("k8s/pause"), ["3.10"]);
    const { code, errors } = await sync(ONE, ["--no-clobber"]);
    assert.is(code, EXIT_CODES.registry, errors.join());
    const there = await destination("mirror/k8s/pause").resolve("3.10");
    assert.is(there?.digest, mine.descriptor.digest);
  });
});

test("the rate that the file gives a registry is kept", async () => {
  await withStage(async ({ to, source, sync }) => {
    await putSample(source("k8s/pause"), ["3.10"]);
    const started = performance.now();
    const rest = 'registries: { "{to}": { requestsPerSecond: 25 } }';
    assert.is((await sync(ONE, [], rest)).code, 0);
    // Timers may be early by a millisecond.
    assert.ok(to.log.length > 7);
    assert.ok(performance.now() - started >= (to.log.length - 1) * 39, `${to.log.length}`);
  });
});

test("a wrong file is refused before anything is asked", async () => {
  await withStage(async ({ from, to, sync }) => {
    const { message } = await failsWith(
      ["usage"],
      () => sync("  - image: {from}/k8s/pause\n    tags: [3.10]"),
    );
    assert.match(message, /pause-mirror\.yaml:4:12: sources\[0\]\.tags\[0\]: .*in quotes, "3\.10"/);
    assert.equal([from.log, to.log], [[], []]);
  });
});

test("a file that is not there is a wrong word", async () => {
  const { message } = await failsWith(
    ["usage"],
    () => runSync(["/nonexistent/x.yaml"], new AbortController().signal),
  );
  assert.match(message, "/nonexistent/x.yaml: there is no such file");
});

test("--json ends with the error and its code when the file cannot be carried out", async () => {
  for (const words of [[], ["--dry-run"]]) {
    const { desk: here, out } = desk();
    const surroundings = {
      ...here,
      environment: {},
      readInput: () => Promise.resolve(new Uint8Array()),
    };
    const error = await failsWith(
      ["usage"],
      () =>
        runSync(
          ["/nowhere/x.yaml", "--json", ...words],
          new AbortController().signal,
          surroundings,
        ),
    );
    assert.equal(JSON.parse(out.join("\n")).error, { code: "usage", message: error.message });
  }
});

test.run();
