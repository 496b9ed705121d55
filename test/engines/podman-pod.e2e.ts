/** Pods of podman's, which our image holds together. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Metadata } from "../../build/make/metadata.ts";
import { processFacts } from "../program/processes.ts";
import type { Engine } from "../support/engine.ts";
import { withEnginePlace } from "../support/engine-place.ts";
import { withPodman } from "../support/podman.ts";
import { report } from "../support/report.ts";
import { lacks, skip } from "../support/skip.ts";
import { isInfra, reapsOrphans, withImages } from "./infra.ts";

interface State {
  readonly Running: boolean;
  readonly Pid: number;
  readonly ExitCode: number;
}

async function stateOf(podman: Engine, container: string): Promise<State> {
  return (await podman.inspect(container))["State"] as State;
}

/** A pod with one container. */
interface Pod {
  readonly podman: Engine;
  readonly infra: string;
  readonly container: string;
}

/** Adds a test in a pod whose infra image is ours, and whose containers share its PID namespace. */
function inPod(behaviour: string, body: (pod: Pod, pushed: Metadata) => Promise<void>): void {
  test(`podman: ${behaviour}`, async () => {
    const missing = lacks("podman", "runc", "docker-registry");
    if (missing) return skip(missing);
    await withImages(({ pause, pushed, app }) =>
      withEnginePlace(({ cgroup }) =>
        withPodman(async (podman) => {
          const pod = ["--name", "pod", "--network", "none", "--cgroup-parent", cgroup];
          const shared = ["--infra-image", pause, "--share", "pid,ipc,uts"];
          await podman.client("pod", "create", ...pod, ...shared);
          try {
            const container = await podman.client("run", "--detach", "--pod", "pod", app);
            const id = ["--format", "{{.InfraContainerID}}"];
            const infra = await podman.client("pod", "inspect", "pod", ...id);
            await body({ podman, infra, container }, pushed);
          } finally {
            await podman.client("pod", "rm", "--force", "pod");
          }
        })
      )
    );
  });
}

inPod(
  "ours is the pod's infra container and PID 1, reaps a thousand orphans of another, and ends with 0 on podman pod stop",
  async ({ podman, infra, container }, pushed) => {
    const { Pid } = await stateOf(podman, infra);
    await isInfra(Pid, pushed);
    await tellUser(podman, Pid);
    const application = await stateOf(podman, container);
    await reapsOrphans(Pid, application.Pid, async (...command) => {
      await podman.client("exec", container, ...command);
    });
    await podman.client("pod", "stop", "pod");
    const { Running, ExitCode } = await stateOf(podman, infra);
    assert.equal({ Running, ExitCode }, { Running: false, ExitCode: 0 });
    assert.match(await podman.logs(infra), /^Shutting down, got signal: Terminated$/m);
  },
);

/** Reports as whom podman runs an infra container, which is podman's choice alone. */
async function tellUser(podman: Engine, pid: number): Promise<void> {
  const version = await podman.client("version", "--format", "{{.Client.Version}}");
  const named = "the image's USER is 65535:65535";
  report([`podman ${version} runs infra containers as user ${processFacts(pid)?.user}; ${named}`]);
}

test.run();
