import { test } from "uvu";
import * as assert from "uvu/assert";
import { configure, dropIn, readSaid } from "../../build/runtimes/configure.ts";
import { pinImage } from "../../build/runtimes/image.ts";
import { RUNTIMES } from "../../build/runtimes/table.ts";
import { failsWith } from "../support/fails.ts";
import { DIGEST, IMAGE, runtimeNamed, SAMPLES } from "./files.ts";

/** What is read back of the image, which differs where a runtime takes no digest or two parts. */
const READ_BACK: Readonly<Record<string, string>> = {
  kubeadm: "10.0.0.5:5000/k8s",
  k0s: `10.0.0.5:5000/k8s/pause:3.10@${DIGEST}`,
};

/** The lines of one text that the other lacks, each as often as it does. */
function missing(from: string, to: string): string[] {
  const left = to.split("\n");
  return from.split("\n").filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** Whether all of these lines stand in the text, in this order. */
function isSubsequence(lines: readonly string[], text: string): boolean {
  let at = 0;
  for (const line of text.split("\n")) if (line === lines[at]) at++;
  return at === lines.length;
}

test("there is a file as people have it for every runtime", () => {
  assert.equal(Object.keys(SAMPLES).sort(), RUNTIMES.map(({ name }) => name).sort());
});

for (const runtime of RUNTIMES) {
  const { name } = runtime;
  const sample = SAMPLES[name] ?? { before: "", gone: [], come: [] };
  const path = `/tmp/${name}.conf`;

  test(`${name}: what a new file says is read back, and saying it again changes nothing`, () => {
    const text = dropIn(runtime, IMAGE);
    assert.is(configure(runtime, IMAGE, { path, text }), text);
    if (name === "containerd-mirror") return;
    const said = readSaid(runtime, { path, text });
    assert.equal(said.map(({ value }) => value), [READ_BACK[name] ?? IMAGE.pinned]);
    assert.ok(said.every(({ ignored }) => ignored === undefined));
  });

  test(`${name}: in a file that is there only the lines that are meant change, and once`, () => {
    const after = configure(runtime, IMAGE, { path, text: sample.before });
    assert.equal(missing(sample.before, after).filter(Boolean), sample.gone);
    assert.equal(missing(after, sample.before).filter(Boolean), sample.come.filter(Boolean));
    const kept = sample.before.split("\n").filter((line) => !sample.gone.includes(line));
    assert.ok(isSubsequence(kept, after), after);
    assert.ok(isSubsequence(sample.come, after), after);
    assert.is(configure(runtime, IMAGE, { path, text: after }), after);
    if (name === "containerd-mirror") return;
    assert.is(
      readSaid(runtime, { path, text: after }).at(-1)?.value,
      READ_BACK[name] ?? IMAGE.pinned,
    );
  });

  test(`${name}: lines that end as on Windows go on to`, () => {
    const text = sample.before.replaceAll("\n", "\r\n");
    const after = configure(runtime, IMAGE, { path, text });
    assert.not.match(after, /(?<!\r)\n/);
    assert.is(configure(runtime, IMAGE, { path, text: after }), after);
  });
}

test("a commented example is where the line goes", () => {
  const after = configure(runtimeNamed("podman"), IMAGE, {
    path: "containers.conf",
    text: SAMPLES.podman?.before ?? "",
  });
  assert.match(after, `#infra_image = ""\ninfra_image = "${IMAGE.pinned}"\n\n#lock_type`);
});

test("containerd's file of version 2 gets the key of version 2, whichever containerd reads it", () => {
  const text = SAMPLES.containerd1?.before ?? "";
  const [one, two] = ["containerd", "containerd1"].map((name) =>
    configure(runtimeNamed(name), IMAGE, { path: "config.toml", text })
  );
  assert.is(one, two);
});

test("a file of a version that is not the runtime's is refused with what to do", async () => {
  for (
    const [name, text, next] of [
      ["containerd1", "version = 3\n", /version 3, and containerd1 is 2.*config containerd"/],
      ["containerd", '[plugins.cri]\nsandbox_image = "a"\n', /version 1.*config migrate/],
    ] as const
  ) {
    const error = await failsWith(
      ["usage"],
      () => configure(runtimeNamed(name), IMAGE, { path: "c.toml", text }),
    );
    assert.match(error.message, next);
  }
});

test("k0s wants a tag before a digest, kubeadm and a mirror a name that ends in pause", async () => {
  const untagged = await pinImage(`a.example/k8s/pause@${DIGEST}`);
  const renamed = await pinImage("a.example/k8s/infra:3.10", { offline: true });
  for (
    const [name, image, found] of [
      ["k0s", untagged, /it has no tag/],
      ["kubeadm", renamed, /last part is not pause/],
      ["containerd-mirror", renamed, /last part is not pause/],
    ] as const
  ) {
    const error = await failsWith(["usage"], () => dropIn(runtimeNamed(name), image));
    assert.match(error.message, found);
  }
});

test("a mirror at the root of its registry needs no path, and one on this machine no TLS", async () => {
  const image = await pinImage("127.0.0.1:5000/pause:3.10", { offline: true });
  const text = dropIn(runtimeNamed("containerd-mirror"), image);
  assert.match(text, '[host."http://127.0.0.1:5000"]\ncapabilities = ["pull", "resolve"]\n');
  assert.not.match(text, "override_path");
});

test("the server that a mirror stands before stays when the file names one", () => {
  const text = 'server = "https://a.example"\n';
  const after = configure(runtimeNamed("containerd-mirror"), IMAGE, { path: "hosts.toml", text });
  assert.ok(after.startsWith(text), after);
});

test("the kubelet's flag is taken out, wherever it stands", () => {
  const flag = "--pod-infra-container-image";
  for (
    const [text, left] of [
      [`KUBELET_EXTRA_ARGS=${flag}=a:1\n`, "KUBELET_EXTRA_ARGS=\n"],
      [`A="--x=1 ${flag}=a:1 --y=2"\n`, 'A="--x=1 --y=2"\n'],
      [`A="--x=1 ${flag} a:1"\n`, 'A="--x=1"\n'],
      [`A="${flag}=a:1 ${flag}=b:1 --y"\n`, 'A="--y"\n'],
      [`# A=${flag}=a:1\nA=--x\n`, `# A=${flag}=a:1\nA=--x\n`],
    ] as const
  ) {
    assert.is(configure(runtimeNamed("kubelet"), undefined, { path: "k", text }), left);
  }
});

const FLAG = `--pod-infra-container-image=${IMAGE.pinned}`;
const CRI = '[plugins."io.containerd.grpc.v1.cri"]';

/** What is there in another form than one writes it, and what becomes of it. */
const FORMS: readonly (readonly [runtime: string, before: string, after: string])[] = [
  ["k3s", "pause-image: ~ # none\n", `pause-image: ${IMAGE.pinned} # none\n`],
  ["k3s", "pause-image: |\n  a:1\nb: 1\n", `pause-image: ${IMAGE.pinned}\nb: 1\n`],
  ["k3s", "pause-image: >-\r\n  a:1\r\nb: 1\r\n", `pause-image: ${IMAGE.pinned}\r\nb: 1\r\n`],
  [
    "k0s",
    "kind: ClusterConfig\nspec:\n  images: {} # none\n",
    `kind: ClusterConfig\nspec:\n  images: # none\n    pause:\n      image: ${IMAGE.name}\n      version: 3.10@${IMAGE.digest}\n`,
  ],
  [
    "containerd1",
    `version = 2\n${CRI}\na = [\n  # sandbox_image = "b"\n]\n`,
    `version = 2\n${CRI}\na = [\n  # sandbox_image = "b"\n]\nsandbox_image = "${IMAGE.pinned}"\n`,
  ],
  [
    "containerd1",
    `version = 2\nplugins = { "io.containerd.grpc.v1.cri" = { sandbox_image = 'a' } }\n`,
    `version = 2\nplugins = { "io.containerd.grpc.v1.cri" = { sandbox_image = '${IMAGE.pinned}' } }\n`,
  ],
  ["kubelet", " KUBELET_EXTRA_ARGS=--a\n", ` KUBELET_EXTRA_ARGS=--a ${FLAG}\n`],
  [
    "kubelet",
    '[Service]\nEnvironment="KUBELET_EXTRA_ARGS=--a"\n',
    `[Service]\nEnvironment="KUBELET_EXTRA_ARGS=--a ${FLAG}"\n`,
  ],
  [
    "kubelet",
    'KUBELET_EXTRA_ARGS="--pod-infra-container-image \\\n  a:1"\n',
    `KUBELET_EXTRA_ARGS="--pod-infra-container-image \\\n  ${IMAGE.pinned}"\n`,
  ],
  [
    "cri-dockerd",
    "[Service]\nExecStart = /bin/a \\\n# why\n  --b\nRestart=no\n",
    `[Service]\nExecStart = /bin/a \\\n# why\n  --b ${FLAG}\nRestart=no\n`,
  ],
];

for (const [name, before, after] of FORMS) {
  test(`${name} is found in another form: ${JSON.stringify(before)}`, () => {
    const told = configure(runtimeNamed(name), IMAGE, { path: "f", text: before });
    assert.is(told, after);
    assert.is(configure(runtimeNamed(name), IMAGE, { path: "f", text: told }), told);
    const said = readSaid(runtimeNamed(name), { path: "f", text: told });
    assert.equal(said.map(({ value }) => value), [READ_BACK[name] ?? IMAGE.pinned]);
  });
}

test("a unit of systemd that has no line for the kubelet's flag is refused with where it goes", async () => {
  const text = "[Service]\nEnvironmentFile=-/etc/default/kubelet\n";
  const error = await failsWith(
    ["usage"],
    () => configure(runtimeNamed("kubelet"), IMAGE, { path: "10-kubeadm.conf", text }),
  );
  assert.match(error.message, /unit of systemd.*Name \/etc\/default\/kubelet/);
});

test("a name with a tag and a digest is written with the digest alone", async () => {
  const image = await pinImage(`registry.k8s.io/pause:3.10@${DIGEST}`);
  assert.equal([image.pinned, image.tag], [`registry.k8s.io/pause@${DIGEST}`, "3.10"]);
  const offline = await pinImage("registry.k8s.io/pause", { offline: true });
  assert.is(offline.pinned, "registry.k8s.io/pause:latest");
});

test.run();
