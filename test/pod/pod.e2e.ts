import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { findProgram } from "../../build/compile/find-program.ts";
import { commandLine, run } from "../../build/host/process.ts";
import { LABELS } from "../../build/pod/words.ts";
import { lacks, skip } from "../support/skip.ts";
import { withPath } from "../support/clients.ts";
import { withFolder } from "../support/folder.ts";
import { runProgram } from "../support/program.ts";
import { BEHAVIOUR, manifest, type Place, pod, write } from "./behaviour.ts";
import { ENGINES, type PodStage, withPodStage } from "./stage.ts";

/** Runs `use` where the engine's name on PATH is a program that leads to the one under test. */
async function withPlace(stage: PodStage, use: (place: Place) => Promise<void>): Promise<void> {
  const { engine: { name, env }, inside, images } = stage;
  await withFolder(async (folder) => {
    const program = join(folder, name);
    const words = Object.entries(env).map(([key, value]) => `${key}=${value}`);
    const line = commandLine(["env", ...words, ...inside, findProgram(name) ?? name]);
    await writeFile(program, `#!/bin/sh\nexec ${line} "$@"\n`);
    await chmod(program, 0o755);
    await withPath(folder, () => use({ engine: name, folder, image: images.app }));
  });
}

/** A pod of one PID namespace, with an application that listens, an alias and what it needs to be called. */
function whole(image: string): object {
  return manifest("web", image, {
    command: ["sh", "-c"],
    args: ["mkdir -p /www; echo $(GREETING) >/www/index.html; exec httpd -f -p 8000 -h /www"],
    env: [{ name: "GREETING", value: "hello" }],
    workingDir: "/bin",
    ports: [{ containerPort: 8000, hostPort: 8080, hostIP: "127.0.0.1" }],
  }, {
    hostAliases: [{ ip: "10.1.2.3", hostnames: ["db.example"] }],
  });
}

async function runsWhole(place: Place, { engine, inside }: PodStage): Promise<void> {
  const { engine: name, folder, image } = place;
  await pod(place, ["up", await write(folder, "web", whole(image))]);
  const curl = ["curl", "--silent", "--retry", "5", "--retry-connrefused", "--retry-all-errors"];
  const got = await run([...inside, ...curl, "http://127.0.0.1:8080/"]);
  assert.is(got.stdout, "hello\n");
  const inApp = (...words: string[]): Promise<string> =>
    engine.client("exec", "pod_web_app", ...words);
  assert.match(await inApp("cat", "/etc/hosts"), /^10\.1\.2\.3\s+db\.example/m);
  assert.is(await inApp("pwd"), "/bin");
  const enter = (...command: string[]): ReturnType<typeof run> =>
    runProgram(".", ["pod", "enter", "web", "--engine", name, "--", ...command]);
  await inApp("sh", "-c", "sleep 600 >/dev/null 2>&1 &");
  // Each column that ps prints: the orphan is there, then neither it nor a zombie.
  const ps = ["ps", "-e", "-o", "pid=,ppid=,stat=,args="];
  const before = (await enter(...ps)).stdout;
  assert.match(before, /^ +1 +0 S\S* +\/pause$/m);
  assert.match(before, /^ +\d+ +1 S\S* +sleep 600$/m);
  await inApp("killall", "sleep");
  assert.not.match((await enter(...ps)).stdout, /sleep|defunct/);
  const { exitCode, stdout } = await enter("sh", "-c", "hostname; exit 7");
  assert.is(stdout, "web\n");
  assert.is(exitCode, 7);
  await pod(place, ["down", "web"]);
  assert.is(await engine.client("ps", "--all", "--quiet"), "");
}

for (const { name, programs } of ENGINES) {
  test(`pod runs with ${name} as with the engine that its tests make believe`, async () => {
    const missing = lacks(...programs, "nsenter", "unshare");
    if (missing) return skip(missing);
    await withPodStage(name, (stage) =>
      withPlace(stage, async (place) => {
        await runsWhole(place, stage);
        for (const behave of Object.values(BEHAVIOUR)) await behave(place);
      }));
  });
}

test("pod enters no process of this machine that only has the number of a pause container elsewhere", async () => {
  const missing = lacks("nsenter", "unshare");
  if (missing) return skip(missing);
  await withFolder(async (folder) => {
    const id = "f".repeat(64);
    const container = {
      Id: id,
      Name: "/pod_web",
      State: { Status: "running", Pid: process.pid },
      Config: { Image: "pause", Labels: { [LABELS.pod]: "web", [LABELS.source]: "x" } },
      NetworkSettings: {},
    };
    const answers = `case $1 in ps) echo ${id} ;; *) echo '${JSON.stringify([container])}' ;; esac`;
    await writeFile(join(folder, "docker"), `#!/bin/sh\n${answers}\n`);
    await chmod(join(folder, "docker"), 0o755);
    await withPath(folder, async () => {
      const { exitCode, stderr } = await runProgram(".", ["pod", "enter", "web", "--", "true"]);
      assert.is(exitCode, 4);
      assert.match(
        stderr,
        `its process ${process.pid} is not on this machine. Enter it where docker`,
      );
    });
  });
});

test("pod says what to do when no docker answers", async () => {
  const missing = lacks("docker");
  if (missing) return skip(missing);
  const env = { DOCKER_HOST: "unix:///nowhere/docker.sock" };
  const words = ["pod", "ps", "--engine", "docker"];
  const { exitCode, stderr } = await runProgram(".", words, { env });
  assert.is(exitCode, 4);
  assert.match(stderr, /^error: Cannot list the pods: .*nowhere.*[.?] Start docker, log in as/);
});

test.run();
