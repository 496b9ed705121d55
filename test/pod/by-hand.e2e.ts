import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Command, run } from "../../build/host/process.ts";
import type { Engine } from "../support/engine.ts";
import type { PodImages } from "../support/pod-images.ts";
import { lacks, skip } from "../support/skip.ts";
import { ENGINES, withPodStage } from "./stage.ts";

/** What the demonstration printed below a command. */
type Shown = ReadonlyMap<string, readonly string[]>;

const APP = "docker.io/library/busybox:1.37";
const NGINX = "docker.io/library/nginx:1.29-alpine";

/** Runs the demonstration, and sees that nothing of it is left. */
async function demonstrate(name: Engine["name"]): Promise<Shown> {
  return await withPodStage(name, async ({ engine, inside, images }) => {
    const { pause, app, nginx } = images;
    const env = { ...engine.env, PAUSE: pause, APP: app, NGINX: nginx };
    const ended = await run([...inside, "examples/pod/run", name], { env });
    assert.is(ended.exitCode, 0, ended.stdout + ended.stderr);
    assert.is(await engine.client("ps", "--all", "--quiet"), "");
    if (name === "podman") await lendsAnyway(engine, images);
    await sparesOthers(engine, [...inside, "examples/pod/run", name], pause);
    const plain = ended.stdout.replaceAll(app, APP).replaceAll(nginx, NGINX)
      .replaceAll(/\S*(?=examples\/pod\/)/g, "");
    return shownIn(plain);
  });
}

/** A container of somebody's that has one of the demonstration's names is not touched. */
async function sparesOthers(engine: Engine, command: Command, image: string): Promise<void> {
  await engine.run(image, "--name", "pod-web");
  const { exitCode, stderr } = await run(command, { env: engine.env });
  assert.is(exitCode, 1);
  assert.is(
    stderr,
    `There is a container pod-web already. Remove it first: ${engine.name} rm --force pod-web\n`,
  );
  assert.match(await engine.client("ps", "--all", "--format", "{{.Names}}"), /^pod-web$/m);
}

/** podman lets an IPC namespace be joined without being told to. */
async function lendsAnyway(podman: Engine, { pause, app }: PodImages): Promise<void> {
  await podman.run(pause, "--name", "lender");
  await podman.client("run", "--rm", "--network=none", "--ipc=container:lender", app, "true");
}

/** The words of a command that are the same in every run, with either engine. */
function always(command: string): string {
  return command.replace(/^(docker|podman) /, "").replace(/--target \d+/, "--target PID");
}

/** A command that ran several times has the outputs of all of them, each closed by an empty line. */
function shownIn(printed: string): Shown {
  const shown = new Map<string, string[]>();
  let output: string[] = [];
  for (const line of printed.split("\n").filter((line) => !/^(#.*)?$/.test(line))) {
    if (line.startsWith("$ ")) {
      const command = always(line.slice(2));
      output = shown.get(command) ?? [];
      if (output.length > 0) output.push("");
      shown.set(command, output);
    } else output.push(line);
  }
  return shown;
}

/** What a command printed, at its first run, its second, and so on. */
function outputs(shown: Shown, command: string): readonly string[] {
  return (shown.get(command) ?? []).join("\n").split("\n\n");
}

const PS = "ps -o pid,ppid,stat,args";

/** Every claim of the document. */
function assertClaims(shown: Shown, name: Engine["name"]): void {
  const [first = "", orphaned = "", reaped = ""] = outputs(shown, `exec pod-app ${PS}`);
  assert.match(first, /^ +1 +0 S +\/pause$/m);
  assert.match(first, /httpd -f -p 127\.0\.0\.1:8000/);
  assert.match(first, /nginx: master process/);
  assert.equal(outputs(shown, "exec pod-web cat /dev/shm/note"), ["a note"]);
  assert.match(orphaned, /^ +\d+ +1 S +sleep 600$/m);
  assert.not.match(reaped, /sleep|Z/);
  assert.match(outputs(shown, `exec pod-alone ${PS}`)[0] ?? "", /^ +\d+ +1 Z +\[sleep\]$/m);
  assert.equal(outputs(shown, "curl --silent --fail http://127.0.0.1:8080/"), [
    "hello from version 1",
    "hello from version 1",
    "hello from version 2",
  ]);
  const [before, after] = outputs(
    shown,
    "inspect --format '{{.NetworkSettings.IPAddress}}' pod-pause",
  );
  assert.match(before ?? "", /^\d+\.\d+\.\d+\.\d+$/);
  assert.is(after, before);
  assertEntered(shown);
  const private_ = outputs(shown, `run --rm --ipc=container:pod-private ${APP} true`)[0];
  if (name === "docker") assert.match(private_ ?? "", /non-shareable IPC/);
  assert.equal(outputs(shown, "inspect --format '{{.State.ExitCode}}' pod-pause"), ["0"]);
  assert.equal(outputs(shown, "logs pod-pause"), ["Shutting down, got signal: Terminated"]);
}

function assertEntered(shown: Shown): void {
  assert.match(outputs(shown, "exec pod-pause sh")[0] ?? "", /"sh": executable file not found/);
  const enter = "nsenter --target PID --net";
  const listed = outputs(
    shown,
    `${enter} --ipc --pid -- unshare --mount-proc ps -e -o pid,user,args`,
  );
  assert.match(listed[0] ?? "", /^ +1 65535 +\/pause$/m);
  assert.match(listed[0] ?? "", /nginx: master process/);
  assert.equal(outputs(shown, `${enter} -- curl --silent --fail http://127.0.0.1:8000/`), [
    "hello from version 2",
  ]);
}

const documented = [...readFileSync("docs/pod-by-hand.md", "utf8").matchAll(/^\$ (.*)$/gm)]
  .map(([, command = ""]) => always(command));

for (const { name, programs } of ENGINES) {
  test(`the pod by hand shows with ${name} what its document claims`, async () => {
    const missing = lacks(...programs);
    if (missing) return skip(missing);
    const shown = await demonstrate(name);
    assertClaims(shown, name);
    if (name === "podman") return;
    assert.equal([...shown.keys()].filter((command) => !documented.includes(command)), []);
    assert.equal(documented.filter((command) => !shown.has(command)), []);
  });
}

test.run();
