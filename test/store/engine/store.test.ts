import { access } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { jsonContent } from "../../../build/oci/descriptor.ts";
import { OCI } from "../../../build/oci/media-types.ts";
import { archiveSource } from "../../../build/store/archive/source.ts";
import type { Engine, EngineForm } from "../../../build/store/engine/engine.ts";
import { engineOf } from "../../../build/store/engine/engines.ts";
import { openEngineStore } from "../../../build/store/engine/store.ts";
import { withClients } from "../../support/clients.ts";
import { failsWith } from "../../support/fails.ts";
import { sampleImage } from "../../support/images.ts";
import { all, putImage } from "../put.ts";

const CONTAINERD = { address: "/run/nobody.sock", namespace: "k8s.io" };

const engine = (form: EngineForm): Engine => engineOf(form, CONTAINERD);

/** The path of the archive in a command line. */
const fileIn = (line = ""): string => /(\/\S+images\.tar)/.exec(line)?.[1] ?? "";

/** Loads a small image under two tags, with stand-ins for the clients. Returns what they were told. */
function load(
  form: EngineForm,
  script: string,
  repository = "pause",
): Promise<{ readonly told: readonly string[]; readonly tags: readonly string[] }> {
  const keep = `for word; do case $word in
    *images.tar*) word=\${word#docker-archive:}; cp "\${word%%:*}" "$here/kept.tar";; esac; done`;
  const scripts = Object.fromEntries(
    ["docker", "podman", "skopeo", "ctr"].map((name) => [name, `${keep}\n${script}`]),
  );
  return withClients(scripts, async ({ folder, told }) => {
    const store = await openEngineStore(engine(form), { repository, hasIndex: false });
    try {
      await putImage(store, sampleImage(1), ["1", "1-linux-amd64"]);
      assert.equal(await told(), [], "nothing is loaded before the commit");
      await store.commit();
    } finally {
      await store.abandon();
    }
    const lines = await told();
    const file = fileIn(lines[0]);
    await access(file).then(
      () => assert.unreachable("the archive is left behind"),
      () => {},
    );
    const tags = await all(archiveSource(join(folder, "kept.tar")).tags());
    return { told: lines.map((line) => line.replaceAll(file, "FILE")), tags };
  });
}

test("docker and podman load one archive with all tags", async () => {
  for (const form of ["docker", "podman"] as const) {
    const { told, tags } = await load(form, "");
    assert.equal(told, [`${form} load --quiet --input FILE`]);
    assert.equal(tags, ["1", "1-linux-amd64"]);
  }
});

test("containers-storage is written to tag by tag, under localhost where no registry is named", async () => {
  const copy = (name: string): string =>
    `skopeo copy --quiet docker-archive:FILE:${name} containers-storage:${name}`;
  assert.equal((await load("containers-storage", "")).told, [
    copy("localhost/pause:1"),
    copy("localhost/pause:1-linux-amd64"),
  ]);
  const { told } = await load("containers-storage", "", "10.0.0.5:5000/k8s/pause");
  assert.is(told[0], copy("10.0.0.5:5000/k8s/pause:1"));
});

test("containerd imports what is for all platforms, unpacks nothing, and pins every name in full", async () => {
  const ctr = "ctr --connect-timeout=5s --address=/run/nobody.sock --namespace=k8s.io images";
  const name = "docker.io/library/pause";
  assert.equal((await load("containerd", "")).told, [
    `${ctr} import --all-platforms --no-unpack FILE`,
    `${ctr} label ${name}:1 io.cri-containerd.pinned=pinned`,
    `${ctr} label ${name}:1-linux-amd64 io.cri-containerd.pinned=pinned`,
  ]);
});

test("an engine that refuses an archive is named, and the archive is gone", async () => {
  const { message } = await failsWith(
    ["toolchain"],
    () => load("docker", "echo 'invalid tar header' >&2; exit 1"),
  );
  assert.is(
    message,
    "Cannot load pause:1, pause:1-linux-amd64 into docker: docker load exited with 1: invalid tar header. Mend that, and run it again.",
  );
});

test("docker takes an index where its images are containerd's", async () => {
  const says = (status: string): Promise<boolean> =>
    withClients({ docker: `echo '${status}'` }, () => engine("docker").takesIndex());
  assert.is(await says('[["driver-type","io.containerd.snapshotter.v1"]]'), true);
  assert.is(await says('[["Backing Filesystem","extfs"],["Supports d_type","true"]]'), false);
});

test("an index goes to docker in a layout, and in no archive of single images", () =>
  withClients({ docker: "" }, async ({ told }) => {
    const put = async (hasIndex: boolean): Promise<void> => {
      const store = await openEngineStore(engine("docker"), { repository: "pause", hasIndex });
      const image = sampleImage(1);
      const manifests = [image.manifest.descriptor];
      try {
        await putImage(store, image);
        const index = jsonContent(OCI.index, {
          schemaVersion: 2,
          mediaType: OCI.index,
          manifests,
        });
        await store.putManifest(index, ["1"]);
        await store.commit();
      } finally {
        await store.abandon();
      }
    };
    await put(true);
    assert.is((await told()).length, 1);
    await failsWith(["usage"], () => put(false));
    assert.is((await told()).length, 1);
  }));

test("a containerd without a socket is said so at once, with the place of another one", () =>
  withClients({ ctr: "" }, async ({ told }) => {
    const { message } = await failsWith(["toolchain"], () => engine("containerd").require());
    assert.match(message, "namespace k8s.io: there is no socket /run/nobody.sock.");
    assert.match(message, "CONTAINERD_ADDRESS, such as /run/k3s/containerd/containerd.sock");
    assert.equal(await told(), ["ctr --version"], "which does not ask for it");
  }));

test("containers-storage is there when it knows that it has no such image, and not otherwise", async () => {
  const require = (words: string): Promise<void> =>
    withClients(
      { skopeo: `echo '${words}' >&2; exit 1` },
      () => engine("containers-storage").require(),
    );
  await require("does not resolve to an image ID: identifier is not an image");
  const { message } = await failsWith(
    ["toolchain"],
    () => require("failed to GetDriver graph nonsense: driver not supported"),
  );
  assert.match(message, 'give "driver" in storage.conf the one that it was made with');
});

test("an image of containerd's that lost its label is not there as it is to be", async () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const identify = (labels: string): Promise<string | undefined> =>
    withClients(
      { ctr: `echo 'docker.io/library/pause:1 index ${digest} 3.4 KiB linux/amd64 ${labels}'` },
      () => engine("containerd").identify("docker.io/library/pause:1"),
    );
  assert.is(await identify("io.cri-containerd.pinned=pinned"), digest);
  assert.is(await identify("-"), undefined);
});

test.run();
