import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { diagnose, type Diagnosis } from "../../build/runtimes/doctor.ts";
import { editFile } from "../../build/runtimes/edit-file.ts";
import { RULES } from "../../build/runtimes/rules.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { withRegistry } from "../support/registry.ts";
import { DIGEST, IMAGE, runtimeNamed } from "./files.ts";

type Files = Readonly<Record<string, string>>;

/** Makes a node of these files and looks at it, without a registry. */
async function look<T>(
  files: Files,
  use: (diagnosis: Diagnosis, root: string) => Promise<T> | T,
): Promise<T> {
  return await withFolder(async (root) => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    return await use(await diagnose(root, { offline: true }), root);
  });
}

/** `id outcome file:line` of each finding. */
const brief = ({ findings }: Diagnosis): string[] =>
  findings.map(({ id, outcome, file = "", line }) =>
    `${id} ${outcome} ${file}${line === undefined ? "" : `:${line}`}`.trim()
  );

const MAIN = "/etc/containerd/config.toml";
const FLAGS = "/var/lib/kubelet/kubeadm-flags.env";
const MIRROR = "/etc/containerd/certs.d/registry.k8s.io/hosts.toml";
const SERVER = "/etc/kubernetes/manifests/kube-apiserver.yaml";

const v3 = (image: string): string =>
  `version = 3\n[plugins.'io.containerd.cri.v1.images'.pinned_images]\nsandbox = '${image}'\n`;
const v2 = (image: string): string =>
  `version = 2\n[plugins."io.containerd.grpc.v1.cri"]\nsandbox_image = "${image}"\n`;
const flag = (image: string): string =>
  `KUBELET_KUBEADM_ARGS="--x=1 --pod-infra-container-image=${image}"\n`;
const server = (version: string): string =>
  `spec:\n  containers:\n  - image: registry.k8s.io/kube-apiserver:${version}\n`;

const GOOD = IMAGE.pinned;
const TAGGED = "registry.k8s.io/pause:3.10";

const CASES: readonly (readonly [what: string, files: Files, findings: readonly string[]])[] = [
  ["a node without fault", { [MAIN]: v3(GOOD) }, []],
  ["a node without files", {}, ["runtime unknown"]],
  ["a tag", { [MAIN]: v3(TAGGED) }, [`digest wrong ${MAIN}:3`]],
  ["what is no image", { [MAIN]: v3("${PAUSE}") }, [`digest wrong ${MAIN}:3`]],
  ["no image", { [MAIN]: "version = 3\n" }, [`named wrong ${MAIN}`]],
  ["a file that is no TOML", { [MAIN]: v3(GOOD) + "x\n", "/etc/crio/crio.conf": "[crio]\n" }, [
    `readable unknown ${MAIN}:4`,
    "named wrong /etc/crio/crio.conf",
  ]],
  ["a key of another version", { [MAIN]: v2(TAGGED).replace("2", "3") }, [
    `key-counts wrong ${MAIN}:3`,
  ]],
  ["a disabled CRI plugin", {
    [MAIN]: `disabled_plugins = ["cri"]\n${v3(GOOD)}`,
    [SERVER]: server("v1.35.0"),
  }, [`cri-enabled wrong ${MAIN}:1`]],
  ["Docker's containerd, without a kubelet", { [MAIN]: 'disabled_plugins = ["cri"]\n' }, [
    "runtime unknown",
  ]],
  ["a drop-in that nothing imports", {
    [MAIN]: `imports = ["/etc/other/*.toml"]\n${v3(GOOD)}`,
    "/etc/containerd/conf.d/90-pause.toml": v3(GOOD),
  }, ["imported wrong /etc/containerd/conf.d/90-pause.toml"]],
  ["a drop-in that only new versions import", {
    [MAIN]: "version = 3\n",
    "/etc/containerd/conf.d/90-pause.toml": v3(GOOD),
  }, ["imported unknown /etc/containerd/conf.d/90-pause.toml"]],
  ["a drop-in that is imported, and counts", {
    [MAIN]: `imports = ["/etc/containerd/conf.d/*.toml"]\n${v3(TAGGED)}`,
    "/etc/containerd/conf.d/90-pause.toml": v3(GOOD),
  }, []],
  ["the flag, and a kubelet without it", {
    [MAIN]: v3(GOOD),
    [FLAGS]: flag(GOOD),
    [SERVER]: server("v1.35.2"),
  }, [`kubelet-flag wrong ${FLAGS}:1`]],
  ["the flag, and a kubelet of no known version", { [MAIN]: v3(GOOD), [FLAGS]: flag(GOOD) }, [
    `kubelet-flag unknown ${FLAGS}:1`,
  ]],
  ["the flag, and a kubelet that has it", {
    [MAIN]: v3(GOOD),
    [FLAGS]: flag(GOOD),
    [SERVER]: server("v1.34.9"),
  }, []],
  ["kubeadm's pause, and another one of the runtime's", {
    [MAIN]: v3(GOOD),
    [FLAGS]: flag(TAGGED),
    [SERVER]: server("v1.34.0"),
  }, [`same-image wrong ${FLAGS}:1`]],
  ["a tag and a digest of one name", {
    [MAIN]: v3(`registry.k8s.io/pause@${DIGEST}`),
    [FLAGS]: flag(TAGGED),
    [SERVER]: server("v1.34.0"),
  }, [`same-image unknown ${FLAGS}:1`]],
  ["kubeadm's repository, and another one", {
    [MAIN]: v3(GOOD),
    "/etc/kubernetes/kubeadm.yaml":
      "kind: ClusterConfiguration\nkubernetesVersion: v1.35.0\nimageRepository: a.example/k8s\n",
  }, ["same-image wrong /etc/kubernetes/kubeadm.yaml:3"]],
  ["containerd 1, where nothing says that the image is kept", { [MAIN]: v2(GOOD) }, [
    `kept unknown ${MAIN}:3`,
  ]],
  ["containerd 1, where the kubelet keeps it", {
    [MAIN]: v2(GOOD),
    [FLAGS]: flag(GOOD),
    [SERVER]: server("v1.34.0"),
  }, []],
  ["a mirror that may not resolve", {
    [MAIN]: `${v3(GOOD)}[plugins.'io.containerd.cri.v1.images'.registry]\nconfig_path = "${
      dirname(dirname(MIRROR))
    }"\n`,
    [MIRROR]: '[host."https://10.0.0.5:5000/v2/k8s"]\ncapabilities = ["pull"]\n',
  }, [`mirror-resolves wrong ${MIRROR}:2`]],
  ["a mirror that containerd 1 does not look for", {
    [MAIN]: v2(GOOD),
    [FLAGS]: flag(GOOD),
    [SERVER]: server("v1.34.0"),
    [MIRROR]: '[host."https://a.example"]\n',
  }, [`mirror-read wrong ${MIRROR}`]],
  ["a mirror that containerd 2 may look for", { [MAIN]: v3(GOOD), [MIRROR]: "" }, [
    `mirror-read unknown ${MIRROR}`,
  ]],
  ["k3s, RKE2, k0s and podman with digests", {
    "/etc/rancher/k3s/config.yaml": `pause-image: ${TAGGED}\n`,
    "/etc/rancher/k3s/config.yaml.d/90-pause.yaml": `pause-image: ${GOOD}\n`,
    "/etc/rancher/rke2/config.yaml": `pause-image: ${GOOD}\n`,
    "/etc/k0s/k0s.yaml":
      `kind: ClusterConfig\nspec:\n  images:\n    pause:\n      image: a.example/pause\n      version: 3.10@${DIGEST}\n`,
    "/etc/containers/containers.conf": `[engine]\ninfra_image = "${GOOD}"\n`,
  }, []],
];

for (const [what, files, findings] of CASES) {
  test(`what is told of ${what}`, async () => {
    await look(files, (diagnosis) => {
      assert.equal(brief(diagnosis), findings);
      const worst = ["wrong", "unknown"].find((one) =>
        findings.some((line) => line.includes(` ${one}`))
      );
      assert.is(diagnosis.outcome, worst ?? "fine");
      for (const { fix, found } of diagnosis.findings) assert.ok(fix !== "" && found !== "");
    });
  });
}

test("every rule is seen to find something", () => {
  const found = CASES.flatMap(([, , findings]) => findings.map((line) => line.split(" ")[0]));
  assert.equal(RULES.map(({ id }) => id).filter((id) => !found.includes(id)), []);
});

test("the command that mends a finding names the file below the root, and mends it", async () => {
  await look({ [MAIN]: v3(TAGGED) }, async ({ findings }, root) => {
    const path = join(root, MAIN);
    assert.is(
      findings[0]?.fix,
      `pause-image config containerd --image ${TAGGED} --write ${path}`,
    );
    await editFile(runtimeNamed("containerd"), IMAGE, path);
    assert.is((await diagnose(root, { offline: true })).outcome, "fine");
  });
});

test("what mends two images is to tell the one that nobody chose by its digest", async () => {
  const fixOf = ({ findings }: Diagnosis): string | undefined =>
    findings.find(({ id }) => id === "same-image")?.fix;
  const old = { [FLAGS]: flag("registry.k8s.io/pause:3.10"), [SERVER]: server("v1.34.0") };
  await look({ [MAIN]: v3("registry.k8s.io/pause:3.8"), ...old }, (diagnosis, root) => {
    const words = `containerd --image registry.k8s.io/pause:3.10 --write ${join(root, MAIN)}`;
    assert.is(fixOf(diagnosis), `pause-image config ${words}`);
  });
  await look({ [MAIN]: v3(GOOD), ...old }, (diagnosis, root) => {
    const words = `kubelet --image ${GOOD} --write ${join(root, FLAGS)}`;
    assert.is(fixOf(diagnosis), `pause-image config ${words}`);
  });
  await look({ [MAIN]: v3(GOOD), ...old, [SERVER]: server("v1.35.0") }, (diagnosis) => {
    assert.is(fixOf(diagnosis), undefined, "the flag has to go anyway");
  });
});

test("a file that has two names is told of once", async () => {
  const unit = "usr/lib/systemd/system/cri-docker.service";
  await look({ [unit]: "[Service]\nExecStart=/usr/bin/cri-dockerd\n" }, async (_, root) => {
    await symlink("usr/lib", join(root, "lib"));
    const { files } = await diagnose(root, { offline: true });
    assert.equal(files, [`/${unit}`]);
  });
});

test("a link that leads out of the root is not followed, and not taken for fine", async () => {
  await look({}, async (_, root) => {
    await mkdir(join(root, dirname(MAIN)), { recursive: true });
    await symlink("/etc/hostname", join(root, MAIN));
    const diagnosis = await diagnose(root, { offline: true });
    assert.equal(brief(diagnosis), [`readable unknown ${MAIN}`, "runtime unknown"]);
  });
});

test("what is no ordinary file is not read", async () => {
  await look({}, async (_, root) => {
    await mkdir(join(root, MAIN), { recursive: true });
    const { findings } = await diagnose(root, { offline: true });
    assert.match(findings[0]?.found ?? "", /config\.toml: it is no file/);
  });
});

test("a root that is not there is an error", async () => {
  const error = await failsWith(["storage"], () => diagnose("/nonesuch", { offline: true }));
  assert.match(error.message, /Cannot read \/nonesuch/);
});

test("the registry is asked: what it lacks and where none answers is wrong", async () => {
  await withRegistry({}, async ({ host }) => {
    await look({
      [MAIN]: v3(`${host}/pause@${DIGEST}`),
      "/etc/containers/containers.conf": `[engine]\ninfra_image = "127.0.0.1:1/pause@${DIGEST}"\n`,
    }, async (offline, root) => {
      assert.is(offline.outcome, "fine");
      const { findings, outcome } = await diagnose(root);
      assert.is(outcome, "wrong");
      assert.equal(findings.map(({ id, file }) => [id, file]), [
        ["reachable", MAIN],
        ["reachable", "/etc/containers/containers.conf"],
      ]);
      assert.match(findings[0]?.found ?? "", /has no .*pause@sha256/);
      assert.match(findings[1]?.found ?? "", /127\.0\.0\.1:1/);
    });
  });
});

test("a registry that wants a login, or has a mirror before it, leaves it open", async () => {
  await withRegistry(
    { auth: { basic: { username: "u", password: "p" } } as never },
    async ({ host }) => {
      await look({ [MAIN]: v3(`${host}/pause@${DIGEST}`) }, async (_, root) => {
        const { findings } = await diagnose(root);
        assert.equal(findings.map(({ id, outcome }) => [id, outcome]), [["reachable", "unknown"]]);
      });
    },
  );
  await look({
    [MAIN]: v3(`127.0.0.1:1/pause@${DIGEST}`),
    "/etc/containerd/certs.d/_default/hosts.toml": '[host."https://a.example"]\n',
  }, async (_, root) => {
    const { findings } = await diagnose(root);
    assert.equal(findings.map(({ id, outcome }) => [id, outcome]), [
      ["mirror-read", "unknown"],
      ["reachable", "unknown"],
    ]);
  });
});

test.run();
