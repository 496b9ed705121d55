/** The examples, and the workflow that others call, step by step through the bundle of the action. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../../build/host/process.ts";
import { PASSWORD, USER } from "../support/docker-registry.ts";
import { withFolder } from "../support/folder.ts";
import { lacks, skip } from "../support/skip.ts";
import type { Contexts } from "../support/workflow/expressions.ts";
import { type JobRun, runJob, type StandIn } from "../support/workflow/job.ts";
import { EXAMPLES, OURS, workflowsIn } from "../support/workflow/workflow.ts";
import { DIGEST, PLATFORMS, readBack, TAG, withRegistries } from "./registries.ts";

const WORKFLOWS = [...workflowsIn(EXAMPLES), ...workflowsIn(OURS)];

/** Runs the one job of a workflow in `folder`. Whatever it prints, the password is not in it. */
async function runWorkflow(
  path: string,
  folder: string,
  contexts: Contexts,
  standIns: Readonly<Record<string, StandIn>> = {},
): Promise<JobRun> {
  const workflow = WORKFLOWS.find((workflow) => workflow.path === path);
  if (workflow === undefined) throw new Error(`There is no ${path}`);
  const [job = ""] = Object.keys(workflow.jobs);
  const ended = await runJob(workflow, job, folder, { contexts, standIns });
  // The runner gets to know it by ::add-mask::, and prints *** for it.
  const printed = ended.log.replaceAll(/^::add-mask::.*$/gm, "") + ended.summary;
  assert.not.ok(printed.includes(PASSWORD), "the password is in the log");
  return ended;
}

function succeeded({ status, log }: JobRun): void {
  assert.is(status, "success", log);
}

/** A repository with these files: what a checkout leaves in the workspace, or in `path` of it. */
const repository = (files: Readonly<Record<string, string>>): StandIn => async (inputs, place) => {
  for (const [name, text] of Object.entries(files)) {
    const file = join(place.workspace, inputs.path ?? "", name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
};

/** Leaves the login where docker does. */
const login: StandIn = async ({ registry = "", username, password }, { home }) => {
  const auth = btoa(`${username}:${password}`);
  await mkdir(join(home, ".docker"), { recursive: true });
  const config = JSON.stringify({ auths: { [registry]: { auth } } });
  await writeFile(join(home, ".docker", "config.json"), config);
};

const needed = lacks("docker-registry", "skopeo", "node", "bash");

test("release: the image is built, pushed and checked, and named by its digest", async () => {
  if (needed) return skip(needed);
  await withRegistries((_, closed) =>
    withFolder(async (folder) => {
      const ended = await runWorkflow("examples/workflows/release.yml", folder, {
        github: { actor: "nobody", repository_owner: "owner", token: "a-token" },
        vars: { REGISTRY: `${closed}/team` },
        secrets: { REGISTRY_USERNAME: USER, REGISTRY_PASSWORD: PASSWORD },
      });
      succeeded(ended);
      assert.equal(ended.ran, ["Build and push", "Check what was published", "Say what to pull"]);
      const { digest, platforms } = await readBack(`${closed}/team/pause:${TAG}`);
      assert.equal(platforms, ["linux/amd64", "linux/arm64/v8"]);
      assert.is(ended.outputs.image, `${closed}/team/pause@${digest}`);
      assert.match(ended.summary, `Nodes pull ${closed}/team/pause@${digest}\n`);
    })
  );
});

test("release: a login that the registry refuses fails, and nothing after it is done", async () => {
  if (needed) return skip(needed);
  await withRegistries((_, closed) =>
    withFolder(async (folder) => {
      const ended = await runWorkflow("examples/workflows/release.yml", folder, {
        github: { actor: "nobody", repository_owner: "owner", token: "a-token" },
        vars: { REGISTRY: `${closed}/team` },
      });
      assert.is(ended.status, "failure");
      assert.equal(ended.ran, ["Build and push"]);
      assert.is(ended.outputs.image, "");
      assert.not.match(ended.log.replaceAll(/^::add-mask::.*$/gm, ""), "a-token");
    })
  );
});

/** A sync file as the example tells people to write one, with other registries. */
const syncFile = (from: string, to: string): string =>
  `version: 1
sources:
  - image: ${from}/pause:3.10
destinations:
  - to: ${to}/mirror/{path}
registries:
  "${to}":
    credentials:
      environment: { username: MIRROR_USERNAME, password: MIRROR_PASSWORD }
`;

test("nightly mirror: the first night sends and tells, the second finds nothing to do", async () => {
  if (needed) return skip(needed);
  await withRegistries((open, closed) =>
    withFolder(async (folder) => {
      const standIns = {
        "actions/checkout": repository({ "pause-mirror.yaml": syncFile(open, closed) }),
      };
      const night = async (): Promise<JobRun> =>
        await runWorkflow("examples/workflows/nightly-mirror.yml", folder, {
          secrets: { MIRROR_USERNAME: USER, MIRROR_PASSWORD: PASSWORD },
        }, standIns);
      const first = await night();
      succeeded(first);
      assert.equal(first.ran, ["Fetch the sync file", "Mirror", "Say what is new"]);
      assert.match(first.summary, `<code>${closed}/mirror/pause:3.10</code> | copied |`);
      // A variable of the environment holds 128 KiB: the references of a large mirror are more.
      const text = await readFile("examples/workflows/nightly-mirror.yml", "utf8");
      assert.not.match(text, "outputs.references");
      const { digest, platforms } = await readBack(`${closed}/mirror/pause:3.10`);
      assert.is(digest, DIGEST);
      assert.equal(platforms, PLATFORMS);
      const second = await night();
      succeeded(second);
      assert.equal(second.ran, ["Fetch the sync file", "Mirror"]);
    })
  );
});

test("private registry: the login of docker serves, and the archive is whole", async () => {
  if (needed) return skip(needed);
  await withRegistries((open, closed) =>
    withFolder(async (folder) => {
      const kept: string[] = [];
      const standIns: Record<string, StandIn> = {
        "docker/login-action": login,
        "actions/upload-artifact": async ({ path = "" }, { workspace: cwd }) => {
          kept.push(...path.trim().split("\n"));
          const { stdout } = await run(["sha256sum", "--check", "pause.tar.sha256"], { cwd });
          assert.match(stdout, "pause.tar: OK");
          const archive = `oci-archive:${join(cwd, "pause.tar")}:${closed}/k8s/pause:3.10`;
          const saved = await run(["skopeo", "inspect", "--raw", archive]);
          assert.is(saved.exitCode, 0, saved.stderr);
        },
      };
      const ended = await runWorkflow("examples/workflows/private-registry.yml", folder, {
        inputs: { image: `${open}/pause:3.10` },
        vars: { REGISTRY: closed },
        secrets: { REGISTRY_USERNAME: USER, REGISTRY_PASSWORD: PASSWORD },
      }, standIns);
      succeeded(ended);
      assert.equal(ended.ran, ["Log in", "Mirror", "Save it", "Keep the archive"]);
      assert.equal(kept, ["pause.tar", "pause.tar.sha256"]);
      assert.equal(await readBack(`${closed}/k8s/pause:3.10`), {
        digest: DIGEST,
        platforms: [...PLATFORMS],
      });
    })
  );
});

const CALLED = `${OURS}/mirror.yml`;

/** What the called workflow is given when its caller names nothing. */
const DEFAULTS = {
  ...{ "sync-file": "", "dry-run": false },
  ...{ source: "", destinations: "", platforms: "", index: "sparse", registry: "" },
};

const job = { workflow_repository: "pause-image/pause-image", workflow_sha: "0123456789" };

test("the called workflow mirrors one image with the login that it is given", async () => {
  if (needed) return skip(needed);
  await withRegistries((open, closed) =>
    withFolder(async (folder) => {
      const ended = await runWorkflow(CALLED, folder, {
        inputs: {
          ...DEFAULTS,
          source: `${open}/pause:3.10`,
          destinations: `${closed}/one/pause\n${closed}/two/pause\n`,
          registry: closed,
        },
        secrets: { username: USER, password: PASSWORD },
        job,
      }, { "actions/checkout": repository({}) });
      succeeded(ended);
      assert.equal(ended.ran, ["Fetch the action", "Mirror"]);
      assert.equal(ended.outputs, {
        changed: "true",
        references: `${closed}/one/pause:3.10\n${closed}/two/pause:3.10`,
      });
      assert.is((await readBack(`${closed}/two/pause:3.10`)).digest, DIGEST);
    })
  );
});

test("the called workflow mirrors some platforms under an index of their own", async () => {
  if (needed) return skip(needed);
  await withRegistries((open, closed) =>
    withFolder(async (folder) => {
      const ended = await runWorkflow(CALLED, folder, {
        inputs: {
          ...DEFAULTS,
          source: `${open}/pause:3.10`,
          destinations: `${closed}/few`,
          platforms: "linux/amd64 linux/s390x",
          index: "rewritten",
          registry: closed,
        },
        secrets: { username: USER, password: PASSWORD },
        job,
      }, { "actions/checkout": repository({}) });
      succeeded(ended);
      const { platforms } = await readBack(`${closed}/few:3.10`);
      assert.equal(platforms, ["linux/amd64", "linux/s390x"]);
    })
  );
});

test("the called workflow syncs what its caller's file says, and a dry run sends nothing", async () => {
  if (needed) return skip(needed);
  await withRegistries((open, closed) =>
    withFolder(async (folder) => {
      const [text = ""] = syncFile(open, closed).split("registries:");
      const standIns = { "actions/checkout": repository({ "mirrors/all.yaml": text }) };
      const sync = async (dryRun: boolean): Promise<JobRun> => {
        const given = { "sync-file": "mirrors/all.yaml", "dry-run": dryRun, registry: closed };
        const secrets = { username: USER, password: PASSWORD };
        const inputs = { ...DEFAULTS, ...given };
        const ended = await runWorkflow(CALLED, folder, { inputs, secrets, job }, standIns);
        succeeded(ended);
        return ended;
      };
      const changed = [];
      for (const dryRun of [true, false, true]) changed.push((await sync(dryRun)).outputs.changed);
      assert.equal(changed, ["true", "true", "false"]);
      assert.is((await readBack(`${closed}/mirror/pause:3.10`)).digest, DIGEST);
    })
  );
});

test.run();
