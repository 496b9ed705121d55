import { cp, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../../build/host/process.ts";
import { VERSION } from "../../build/version.ts";
import { withFolder } from "../support/folder.ts";
import { type JobRun, runJob, type StandIn } from "../support/workflow/job.ts";
import { OURS, workflowsIn } from "../support/workflow/workflow.ts";
import { makePrograms } from "./stand-in.ts";

const nothing: StandIn = () => Promise.resolve();

const files = (...names: readonly string[]): StandIn => async (_, { workspace }) => {
  for (const name of names) {
    const path = join(workspace, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, name);
  }
};

interface Released extends JobRun {
  readonly calls: readonly string[];
}

interface Given {
  readonly scripts: Readonly<Record<string, string>>;
  readonly standIns?: Readonly<Record<string, StandIn>>;
  readonly check?: Readonly<Record<string, string>>;
  readonly tag?: string;
  /** Looks at the workspace before it goes. */
  readonly look?: (workspace: string) => Promise<void>;
}

/** Runs a job of the release with programs that stand in for those that publish. */
async function release(
  id: string,
  { scripts, standIns, check, tag, look }: Given,
): Promise<Released> {
  const workflow = workflowsIn(OURS).find(({ path }) => path.endsWith("/release.yml"));
  if (workflow === undefined) throw new Error("There is no release.yml");
  return await withFolder(async (folder) => {
    const { path, calls } = await makePrograms(folder, scripts);
    const github = {
      repository: "pause-image/pause-image",
      ref_name: tag ?? "v0.1.0",
      token: "a-token",
      sha: "0123456789",
    };
    const outputs = { version: "0.1.0", prerelease: "false", major: "v0", ...check };
    const ended = await runJob(workflow, id, folder, {
      contexts: { github, needs: { check: { outputs } } },
      standIns: {
        "actions/checkout": nothing,
        "actions/setup-node": nothing,
        "actions/upload-artifact": nothing,
        "actions/download-artifact": nothing,
        "actions/attest": nothing,
        ...standIns,
      },
      path,
    });
    await look?.(join(folder, "workspace"));
    return { ...ended, calls: await calls() };
  });
}

/** The files that the version stands in, in a clone with a tag and a changelog. */
const clone = (tag: string): StandIn => async (_, { workspace }) => {
  const copied = ["package.json", "deno.json", "build/version.ts", ".github/release"];
  for (const path of copied) await cp(path, join(workspace, path), { recursive: true });
  await symlink(resolve("node_modules"), join(workspace, "node_modules"));
  await writeFile(join(workspace, "CHANGELOG.md"), `## ${VERSION} - 2026-11-22\n\n- the first\n`);
  const git = ["git", "-C", workspace, "-c", "user.name=x", "-c", "user.email=x"] as const;
  await run([...git, "init", "--quiet"]);
  await run([...git, "commit", "--quiet", "--allow-empty", "--message=x"]);
  for (const name of [tag, "v0"]) await run([...git, "tag", name]);
};

// npx takes our Deno; `npm ci` has nothing to do.
const NPX = { npx: `shift; exec '${process.execPath}' "$@"`, npm: "" };

test("a tag is checked, and what it is given on", async () => {
  const standIns = { "actions/checkout": clone(`v${VERSION}`) };
  const tag = `v${VERSION}`;
  const { status, outputs, log } = await release("check", { scripts: NPX, standIns, tag });
  assert.is(status, "success", log);
  const major = tag.replace(/\..*/, "");
  assert.equal(outputs, { version: VERSION, major, prerelease: "false" });
});

test("a tag that is not the version is no release, and says why", async () => {
  const standIns = { "actions/checkout": clone("v999.0.0") };
  const ended = await release("check", { scripts: NPX, standIns, tag: "v999.0.0" });
  assert.is(ended.status, "failure");
  assert.match(ended.log, /Cannot release v999\.0\.0: package\.json says .*; deno\.json says/);
  assert.equal(ended.outputs, { version: "", major: "", prerelease: "" });
});

test("the programs come with checksums that sha256sum takes", async () => {
  const make = {
    npx: 'case "$3" in compile) mkdir -p dist/bin; touch dist/bin/pause-image-a ;; esac',
  };
  const { status, calls, log } = await release("make", {
    scripts: { ...make, npm: "" },
    look: async (workspace) => {
      const cwd = join(workspace, "dist/bin");
      assert.equal((await readdir(cwd)).sort(), ["SHA256SUMS", "pause-image-a"]);
      assert.is(
        (await run(["sha256sum", "--check", "--strict", "SHA256SUMS"], { cwd })).exitCode,
        0,
      );
    },
  });
  assert.is(status, "success", log);
  assert.equal(calls, [
    "npm ci",
    "npx deno publish --dry-run",
    "npx deno task npm",
    "npx deno task npm-dnt",
    "npm pack ./dist/npm --pack-destination dist",
    "npx deno task compile",
  ]);
});

const VIEW = "npm view pause-image@0.1.0 version";
const PUBLISH = "npm publish ./pause-image-0.1.0.tgz --provenance --access public";

test("npm gets a version that it has not, and is left alone otherwise", async () => {
  const missing = await release("npm", { scripts: { npm: '[ "$1" = publish ]' } });
  assert.is(missing.status, "success", missing.log);
  assert.equal(missing.calls, [VIEW, PUBLISH]);
  const there = await release("npm", { scripts: { npm: '[ "$1" = view ] && echo 0.1.0' } });
  assert.is(there.status, "success", there.log);
  assert.equal(there.calls, [VIEW]);
});

test("npm gets a pre-release under another tag than latest", async () => {
  const check = { prerelease: "true" };
  const { calls } = await release("npm", { scripts: { npm: "" }, check });
  assert.equal(calls, [VIEW, `${PUBLISH} --tag next`]);
});

test("a package that npm does not take is no success", async () => {
  const { status } = await release("npm", { scripts: { npm: "exit 1" } });
  assert.is(status, "failure");
});

const programs = {
  "actions/download-artifact": files("programs/pause-image-a", "programs/SHA256SUMS"),
};
const FILES = "programs/SHA256SUMS programs/pause-image-a";
const REFS = "gh api --method PATCH repos/pause-image/pause-image/git/refs/tags/v0";

test("a release is made with its notes and files, and the major tag follows", async () => {
  // Neither the release nor the major tag is there.
  const scripts = { gh: 'case "$*" in *view*|*PATCH*) exit 1 ;; esac' };
  const { status, calls, log } = await release("release", { scripts, standIns: programs });
  assert.is(status, "success", log);
  assert.equal(calls, [
    "gh release view v0.1.0",
    `gh release create v0.1.0 --verify-tag --title v0.1.0 --notes-file notes.md --prerelease=false ${FILES}`,
    `${REFS} -f sha=0123456789 -F force=true`,
    "gh api --method POST repos/pause-image/pause-image/git/refs -f ref=refs/tags/v0 -f sha=0123456789",
  ]);
});

test("a release that is there gets its files again", async () => {
  const { status, calls } = await release("release", { scripts: { gh: "" }, standIns: programs });
  assert.is(status, "success");
  assert.equal(calls, [
    "gh release view v0.1.0",
    `gh release upload v0.1.0 --clobber ${FILES}`,
    `${REFS} -f sha=0123456789 -F force=true`,
  ]);
});

test("an older release is not called the latest, and moves no tag", async () => {
  const scripts = { gh: '[ "$2" != view ]' };
  const check = { major: "" };
  const { calls, ran } = await release("release", { scripts, check, standIns: programs });
  assert.match(calls.join("\n"), /--prerelease=false --latest=false programs/);
  assert.is(calls.length, 2);
  assert.not.ok(ran.includes("Move the major tag"));
});

test("a release that cannot be made moves no tag", async () => {
  const { status, calls } = await release("release", {
    scripts: { gh: "exit 1" },
    standIns: programs,
  });
  assert.is(status, "failure");
  assert.is(calls.length, 2);
});

test.run();
