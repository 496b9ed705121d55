import { test } from "uvu";
import * as assert from "uvu/assert";
import { isEngine, leavesIndex, pathOf, readOutput } from "../../../build/make/engines/output.ts";
import { type Assignments, readSettings, variableName } from "../../../build/make/settings.ts";
import { failsWith } from "../../support/fails.ts";

const refusal = async (assignments: Assignments): Promise<string> =>
  (await failsWith(["usage"], () => readSettings(assignments))).message;

test("readSettings() leaves the images to the embedded builder, and containerd where the kubelet has it", () => {
  const { builder, containerd } = readSettings({});
  assert.is(builder, undefined);
  assert.equal(containerd, {
    address: "/run/containerd/containerd.sock",
    namespace: "k8s.io",
  });
  assert.is(readSettings({ ENGINE: "embedded" }).builder, undefined);
  assert.is(readSettings({ ENGINE: "buildah" }).builder, "buildah");
});

test("readSettings() refuses an engine that there is not, and one for Windows", async () => {
  assert.match(
    await refusal({ ENGINE: "kaniko" }),
    'ENGINE="kaniko": it is one of embedded, docker, buildx, podman, buildah.',
  );
  assert.match(await refusal({ ENGINE: "docker", OS: "linux windows" }), "ENGINE=docker");
  assert.is(readSettings({ ENGINE: "embedded", OS: "linux windows" }).builder, undefined);
});

test("readSettings() refuses a namespace that containerd would not take", async () => {
  for (const namespace of ["-x", "a b", "a..b", "a/b", "a".repeat(77)]) {
    assert.match(await refusal({ CONTAINERD_NAMESPACE: namespace }), `"${namespace}"`);
  }
  for (const namespace of ["k8s.io", "moby", "a_b-c.d", "a".repeat(76)]) {
    const { containerd } = readSettings({ CONTAINERD_NAMESPACE: namespace });
    assert.is(containerd.namespace, namespace);
  }
});

test("readOutput() tells an engine from a folder of its name", () => {
  const at = (OUTPUT: string) => readOutput(readSettings({ OUTPUT }));
  for (const engine of ["docker", "podman", "containers-storage", "containerd"]) {
    assert.is(isEngine(at(engine)), true, engine);
    assert.is(pathOf(at(engine), "/work"), undefined);
    assert.is(isEngine(at(`./${engine}`)), false);
    assert.is(pathOf(at(`oci:${engine}`), "/work"), `/work/${engine}`);
  }
  assert.is(variableName("OUTPUT_TYPE"), "OUTPUT", "upstream says OUTPUT_TYPE=docker");
});

test("leavesIndex() gives one image to who takes one, and the index to who takes that", () => {
  const leaves = (OUTPUT: string, ARCH: string): boolean => {
    const settings = readSettings({ OUTPUT, ARCH });
    return leavesIndex(readOutput(settings), settings);
  };
  assert.is(leaves("docker-archive:x.tar", "arm64"), true);
  assert.is(leaves("docker", "arm64"), true);
  // docker is asked whether it takes it.
  assert.is(leaves("docker", "arm64 arm"), false);
  assert.is(leaves("containerd", "arm64"), false);
  assert.is(leaves("oci:out", "arm64"), false);
});

test.run();
