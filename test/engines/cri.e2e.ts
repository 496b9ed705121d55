/** Pods as the kubelet has them made: containerd with its CRI plugin, asked by gRPC. */
import { existsSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import pLimit from "p-limit";
import { processFacts, proportionalSize } from "../program/processes.ts";
import { until } from "../program/sleeper.ts";
import { type Node, type PodStatus, withNode } from "../support/cri/node.ts";
import { report } from "../support/report.ts";
import { lacks, skip } from "../support/skip.ts";
import { type Images, isInfra, reapsOrphans, withImages } from "./infra.ts";

/** Pods side by side: nearly as many as the kubelet allows a node by default, 110. */
const MANY = 100;

/** Who may do nothing, and get nothing that lets it. */
const NOBODY = { user: 65535, group: 65535, capabilities: 0n, noNewPrivileges: true };

/** Adds a test on a node whose sandbox image is ours, in a registry. */
function onNode(behaviour: string, body: (node: Node, images: Images) => Promise<void>): void {
  test(`containerd: ${behaviour}`, async () => {
    const missing = lacks("containerd", "ctr", "runc", "docker-registry");
    if (missing) return skip(missing);
    await withImages((images) => withNode(images.pause, (node) => body(node, images)));
  });
}

/** Nothing of any pod is on the machine. */
async function isEmpty(node: Node): Promise<void> {
  assert.equal(await node.ask("ListPodSandbox"), { items: [] });
  await until("the shims have ended", () => node.shims().length === 0);
  assert.equal(await node.holds(), []);
}

onNode(
  "a pod's infra container is our program, PID 1 and user 65535 without capabilities, and ends with 0 on SIGTERM",
  async (node, { pause, pushed }) => {
    const { id } = await node.runPod("one");
    const running = await node.pod(id);
    assert.is(running.image, pause);
    await isInfra(running.pid, pushed);
    const facts = processFacts(running.pid);
    assert.equal(facts, { ...facts, ...NOBODY });
    await node.withExits(async (exitOf) => {
      const ends = (pod: string): Promise<void> =>
        until(
          "the infra container has ended",
          async () =>
            exitOf(pod) !== undefined && (await node.pod(pod)).state === "SANDBOX_NOTREADY",
        );
      await node.ctr("tasks", "kill", "--signal", "SIGTERM", id);
      await ends(id);
      assert.is(exitOf(id), 0);
      // What StopPodSandbox itself sends to an infra container is SIGKILL, whichever image it has.
      const other = await node.runPod("other");
      await node.ask("StopPodSandbox", { podSandboxId: other.id });
      await ends(other.id);
      assert.is(exitOf(other.id), 128 + 9);
    });
  },
);

onNode(
  "a container that shares the pod's PID namespace leaves a thousand orphans, and ours reaps them",
  async (node, { app }) => {
    const pod = await node.runPod("shared");
    const { pid } = await node.pod(pod.id);
    const container = await node.startContainer(pod, app);
    await reapsOrphans(pid, container.pid, async (...cmd) => {
      const request = { containerId: container.id, cmd };
      const { exitCode } = await node.ask<{ exitCode: number }>("ExecSync", request);
      assert.is(exitCode, 0);
    });
  },
);

onNode(
  "a hundred pods stand side by side, outlive a restart of containerd, and leave nothing behind",
  async (node, { pushed }) => {
    const fourAtOnce = pLimit(4);
    const each = <Item, Result>(
      items: readonly Item[],
      use: (item: Item) => Promise<Result>,
    ): Promise<Result[]> => Promise.all(items.map((item) => fourAtOnce(use, item)));
    const look = (): Promise<PodStatus[]> => each(ids, node.pod);

    const names = Array.from({ length: MANY }, (_, number) => `pod-${number}`);
    const ids = (await each(names, node.runPod)).map(({ id }) => id);
    const pods = await look();
    assert.equal([...new Set(pods.map(({ state }) => state))], ["SANDBOX_READY"]);
    const pids = pods.map(({ pid }) => pid);
    assert.is(new Set(pids).size, MANY);
    await each(pids, (pid) => isInfra(pid, pushed));
    await weigh(node, pids);

    assert.ok((await node.holds()).length > MANY);
    await node.restart();
    assert.equal(await look(), pods);
    assert.equal(pids.filter((pid) => processFacts(pid)?.state !== "S"), []);
    await each(ids, (podSandboxId) => node.ask("StopPodSandbox", { podSandboxId }));
    assert.equal(pids.filter((pid) => existsSync(`/proc/${pid}`)), []);
    await each(ids, (podSandboxId) => node.ask("RemovePodSandbox", { podSandboxId }));
    await isEmpty(node);
  },
);

/** Reports what all pods take of the machine's memory. The shims are containerd's. */
async function weigh(node: Node, pids: readonly number[]): Promise<void> {
  const { runtimeName, runtimeVersion } = await node.ask<Record<string, string>>("Version");
  const sum = (numbers: readonly number[]): number =>
    numbers.reduce((total, pid) => total + proportionalSize(pid), 0);
  const [pauses, shims] = [sum(pids), sum(node.shims())];
  const each = (pauses / MANY).toFixed(1);
  report([
    `${MANY} pods on ${runtimeName} ${runtimeVersion}: ${pauses} KiB for ${MANY} times our program`,
    `(PSS; ${each} KiB each), ${(shims / 1024).toFixed(0)} MiB for the shims that hold them`,
  ]);
  assert.ok(pauses < MANY * 16, `${pauses} KiB`);
}

test.run();
