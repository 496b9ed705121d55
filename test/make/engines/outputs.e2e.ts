// deadline: 900 s
/** OUTPUT: images loaded straight into docker, podman, containers-storage and containerd. */
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { TARGETS } from "../../../build/compile/targets.ts";
import { run } from "../../../build/host/process.ts";
import type { Metadata } from "../../../build/make/metadata.ts";
import { readManifest } from "../../../build/oci/document.ts";
import { folderFiles } from "../../../build/store/layout/files.ts";
import { layoutReader } from "../../../build/store/layout/reader.ts";
import { isInfra } from "../../engines/infra.ts";
import { writeClients } from "../../support/clients.ts";
import { withContainerd } from "../../support/containerd.ts";
import { withNode } from "../../support/cri/node.ts";
import { withDockerd } from "../../support/docker.ts";
import { isNative } from "../../support/emulator.ts";
import type { Engine } from "../../support/engine.ts";
import { withPodman } from "../../support/podman.ts";
import { withFolder } from "../../support/folder.ts";
import { output } from "../../support/pushed.ts";
import { lacks, skip } from "../../support/skip.ts";
import { type MakePlace, withMake } from "./place.ts";

/** An engine, and how an image is asked for that OUTPUT has put there. */
interface Stand {
  readonly output: string;
  readonly programs: readonly string[];
  readonly open: (use: (engine: Engine) => Promise<void>) => Promise<void>;
  /** How it calls an image without a registry. */
  readonly prefix: string;
  readonly transport: string;
}

const STANDS: readonly Stand[] = [
  {
    output: "docker",
    programs: ["docker", "dockerd"],
    open: withDockerd,
    prefix: "",
    transport: "docker-daemon",
  },
  {
    output: "podman",
    programs: ["podman"],
    open: withPodman,
    prefix: "localhost/",
    transport: "containers-storage",
  },
  {
    output: "containers-storage",
    programs: ["podman", "skopeo"],
    open: withPodman,
    prefix: "localhost/",
    transport: "containers-storage",
  },
];

/** Adds a test that runs once with each engine which has images of one platform. */
function withEach(
  behaviour: string,
  body: (place: MakePlace, engine: Engine, stand: Stand) => Promise<void>,
): void {
  for (const stand of STANDS) {
    test(`OUTPUT=${stand.output} ${behaviour}`, async () => {
      const missing = lacks("clang-19", ...stand.programs);
      if (missing !== undefined) return skip(missing);
      await stand.open((engine) => withMake(engine.env, (place) => body(place, engine, stand)));
    });
  }
}

/** The digest of the configuration of each image that was made, by which engines know it. */
async function idsOf({ folder }: MakePlace, { images }: Metadata): Promise<string[]> {
  const store = layoutReader("oci:own", folderFiles(join(folder, "own")));
  return await Promise.all(
    images.map(async ({ digest }) =>
      readManifest((await store.getManifest(digest)).bytes).config.digest
    ),
  );
}

const idIn = async (engine: Engine, name: string): Promise<string> =>
  `sha256:${String((await engine.inspect(name))["Id"]).replace("sha256:", "")}`;

withEach(
  "loads the image that a layout gets, under its name, once, and again when it is gone",
  async (place, engine, { output, prefix, transport }) => {
    const [id] = await idsOf(place, await place.make("all", "ARCH=arm64", "OUTPUT=oci:own"));
    const words = ["all", "ARCH=arm64", `OUTPUT=${output}`];
    const made = await place.make(...words);
    const name = `${prefix}pause:3.10.2`;
    assert.is(await idIn(engine, name), id);
    assert.equal(made.saved.map(({ reference }) => reference), [`${transport}:${name}`]);
    assert.match((await place.attempt(...words)).stdout, "is up to date");
    assert.is((await place.attempt(...words, "-n")).stdout.trim(), "");
    await engine.client("rmi", name);
    assert.is((await place.attempt(...words, "-n")).stdout.trim(), `# load into ${output}`);
    assert.match((await place.attempt(...words)).stdout, "written");
    assert.is(await idIn(engine, name), id);
  },
);

withEach(
  "loads several platforms each under its own tag, and not all under one",
  async (place, engine, { output }) => {
    const own = await place.make("all", "ARCH=amd64 s390x", "OUTPUT=oci:own");
    const ids = await idsOf(place, own);
    const words = ["ARCH=amd64 s390x", "REGISTRY=10.0.0.5:5000/k8s", `OUTPUT=${output}`];
    const refused = await place.attempt("all", ...words);
    assert.is(refused.exitCode, 3);
    assert.match(
      refused.stderr,
      `Cannot load into ${output}: under one name it takes one platform, and there are 2 architectures. Choose one, such as ARCH=amd64, or load each under its own tag with "container".`,
    );
    assert.is(await engine.client("images", "--quiet"), "", "nothing was loaded");
    await place.make("container", ...words);
    for (const [at, arch] of ["amd64", "s390x"].entries()) {
      assert.is(await idIn(engine, `10.0.0.5:5000/k8s/pause:3.10.2-linux-${arch}`), ids[at]);
    }
  },
);

withEach("runs what it loaded, as user 65535", async (place, engine, { output, prefix }) => {
  const target = TARGETS.find(isNative);
  assert.ok(target, "pause is not built for this machine");
  await place.make("all", `ARCH=${target.arch}`, `OUTPUT=${output}`);
  const container = await engine.run(`${prefix}pause:3.10.2`);
  assert.is((await engine.stop(container)).exitCode, 0);
  const config = (await engine.inspect(`${prefix}pause:3.10.2`))["Config"];
  assert.is((config as { User: string }).User, "65535:65535");
});

test("OUTPUT=docker and ENGINE=docker meet in one daemon", async () => {
  const missing = lacks("clang-19", "docker", "dockerd");
  if (missing !== undefined) return skip(missing);
  await withDockerd((docker) =>
    withMake(docker.env, async ({ make }) => {
      await make("all", "ARCH=arm64", "ENGINE=docker", "OUTPUT=docker");
      assert.is((await docker.inspect("pause:3.10.2"))["Architecture"], "arm64");
      assert.is(await docker.client("images", "--format={{.Repository}}"), "pause");
    })
  );
});

test("OUTPUT=containerd imports all platforms into its namespace, pinned, and again when the pin is gone", async () => {
  const missing = lacks("clang-19", "containerd", "ctr");
  if (missing !== undefined) return skip(missing);
  await withContainerd((ctr, socket) =>
    withMake({ CONTAINERD_ADDRESS: socket }, async ({ make, attempt }) => {
      const words = ["all", "ALL_ARCH=amd64 arm s390x"];
      const own = await make(...words, "OUTPUT=oci:own");
      for (const namespace of ["k8s.io", "other"]) {
        const there = [...words, "OUTPUT=containerd", `CONTAINERD_NAMESPACE=${namespace}`];
        const { saved } = await make(...there);
        const name = "docker.io/library/pause:3.10.2";
        assert.equal(saved, [{ reference: `containerd:${name}`, digest: own.index?.digest }]);
        const list = (): Promise<string> =>
          ctr("--namespace", namespace, "images", "ls", `name==${name}`);
        const row = (await list()).split("\n")[1] ?? "";
        assert.match(row, own.index?.digest ?? "none");
        assert.match(row, "linux/amd64,linux/arm/v6,linux/arm/v7,linux/s390x");
        assert.match(row, "io.cri-containerd.pinned=pinned");
        assert.match((await attempt(...there)).stdout, "is up to date");
        await ctr("--namespace", namespace, "images", "label", name, "io.cri-containerd.pinned=");
        assert.match((await attempt(...there)).stdout, "written");
        assert.match(await list(), "io.cri-containerd.pinned=pinned");
      }
      assert.not.match(await ctr("--namespace", "default", "images", "ls"), "pause");
    })
  );
});

test("a node runs pods on what OUTPUT=containerd put there, and asks no registry", async () => {
  const missing = lacks("clang-19", "containerd", "ctr", "runc");
  if (missing !== undefined) return skip(missing);
  const target = TARGETS.find(isNative);
  assert.ok(target, "pause is not built for this machine");
  // A registry that nobody runs.
  const words = ["all", `ARCH=${target.arch}`, "OUTPUT=containerd", "REGISTRY=127.0.0.1:9/k8s"];
  await withNode(
    "127.0.0.1:9/k8s/pause:3.10.2",
    (node) =>
      withMake({ CONTAINERD_ADDRESS: node.socket }, async ({ make }) => {
        const made = await make(...words);
        const { id } = await node.runPod("one");
        const pod = await node.pod(id);
        assert.is(pod.state, "SANDBOX_READY");
        await isInfra(pod.pid, made);
      }),
  );
});

/** What refuses an engine, and what is then said. Nothing is compiled, and nothing is written. */
const REFUSALS: Readonly<Record<string, readonly [env: Record<string, string>, says: RegExp]>> = {
  "all ARCH=amd64 OUTPUT=docker": [
    { DOCKER_HOST: "unix:///nonexistent/docker.sock" },
    /Cannot load into docker: .*nonexistent.*Start docker, or say where it is with DOCKER_HOST/,
  ],
  "all ENGINE=docker": [
    { DOCKER_HOST: "unix:///nonexistent/docker.sock" },
    /Cannot build with ENGINE=docker: .*nonexistent.*Start docker/,
  ],
  "all OUTPUT=containerd": [
    { CONTAINERD_ADDRESS: "/nonexistent/containerd.sock" },
    /no socket \/nonexistent\/containerd\.sock\. Start containerd/,
  ],
  "all ENGINE=buildx": [{ DOCKER_CONFIG: "/nonexistent" }, /Install docker's plug-in buildx/],
  "all ARCH=amd64 ENGINE=buildah": [
    { STORAGE_DRIVER: "nonsense" },
    /Cannot build with ENGINE=buildah: .*nonsense.*The storage is of another driver/,
  ],
  "all ARCH=amd64 OUTPUT=podman": [
    { STORAGE_DRIVER: "nonsense" },
    /Cannot load into podman: .*nonsense.*The storage is of another driver/,
  ],
  "all ARCH=amd64 OUTPUT=containers-storage": [
    { STORAGE_DRIVER: "nonsense" },
    /Cannot write to containers-storage: .*nonsense.*The storage is of another driver/,
  ],
};

for (const [line, [env, says]] of Object.entries(REFUSALS)) {
  test(`"${line}" says what is wrong with the engine before anything is compiled`, async () => {
    const missing = lacks("docker", "ctr", "buildah", "podman", "skopeo");
    if (missing !== undefined) return skip(missing);
    // One of its own, so that no storage of the machine is touched.
    await withPodman((podman) =>
      withMake({ ...podman.env, ...env }, async ({ attempt, folder }) => {
        for (const more of [[], ["-n"]]) {
          const { exitCode, stdout, stderr } = await attempt(...line.split(" "), ...more);
          assert.is(exitCode, 4, stderr);
          assert.match(stderr, says);
          assert.is(stdout, "");
        }
        assert.is((await run(["ls", "-A", folder])).stdout, "");
      })
    );
  });
}

for (const line of ["OUTPUT=docker", "ENGINE=docker"]) {
  test(`"${line}" says that somebody may not use the daemon`, async () => {
    const missing = lacks("docker", "dockerd", "setpriv");
    if (missing !== undefined) return skip(missing);
    if (process.getuid?.() !== 0) return skip("only root can be somebody else");
    await withDockerd((docker) =>
      withFolder(async (folder) => {
        const real = await output("sh", "-c", "command -v docker");
        const nobody = "exec setpriv --reuid=65534 --regid=65534 --clear-groups";
        const bin = join(folder, "bin");
        await writeClients(bin, { docker: `${nobody} ${real.trim()} "$@"` });
        const env = { ...docker.env, PATH: `${bin}:${process.env.PATH}` };
        await withMake(env, async ({ attempt }) => {
          const { exitCode, stderr } = await attempt("all", "ARCH=amd64", line);
          assert.is(exitCode, 4, stderr);
          assert.match(
            stderr,
            /permission denied.*somebody who may use docker \(the group docker\)/,
          );
        });
      })
    );
  });
}

test.run();
