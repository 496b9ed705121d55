import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { diagnose, type Diagnosis } from "../../build/runtimes/doctor.ts";
import { editFile } from "../../build/runtimes/edit-file.ts";
import { RULES } from "../../build/runtimes/rules.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import { putImage } from "../store/put.ts";
import { failsWith } from "../support/fails.ts";
import { loadableImage } from "../support/loadable-image.ts";
import { withRegistry } from "../support/registry.ts";
import { DIGEST, IMAGE, runtimeNamed } from "./files.ts";
import { mend } from "./mend.ts";
import {
  brief,
  CASES,
  type Files,
  flag,
  FLAGS,
  GOOD,
  look,
  MAIN,
  SERVER,
  server,
  TAGGED,
  v3,
} from "./nodes.ts";

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

for (const [what, files, findings] of CASES) {
  test(`what a finding gives as its command mends it: ${what}`, async () => {
    for (const line of findings) {
      await look(files, async (diagnosis, root) => {
        const [id, outcome, place = ""] = line.split(" ");
        const finding = diagnosis.findings.find((one) =>
          one.id === id && one.outcome === outcome && place.startsWith(one.file ?? "")
        );
        if (finding === undefined || !/^(install|pause-image config) /.test(finding.fix)) return;
        await mend(finding.fix);
        const count = ({ findings }: Diagnosis): number =>
          findings.filter((one) => one.id === id).length;
        assert.is(
          count(await diagnose(root, { offline: true })),
          count(diagnosis) - 1,
          finding.fix,
        );
      });
    }
  });
}

test("a tag that kubeadm does not list is mended in one go", async () => {
  const files = { [MAIN]: v3("registry.k8s.io/pause:3.8"), [SERVER]: server("v1.34.2") };
  await look(files, ({ findings }, root) => {
    const words = `containerd --image registry.k8s.io/pause:3.10.1 --write ${join(root, MAIN)}`;
    assert.equal([...new Set(findings.map(({ fix }) => fix))], [`pause-image config ${words}`]);
  });
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

test("the registry is asked what the tag is that kubeadm lists, where a digest is used", async () => {
  const image = await loadableImage("amd64");
  await withRegistry({}, async ({ host }) => {
    const store = registryStore({ host, repository: "k8s/pause" });
    const { digest } = image.manifest.descriptor;
    await putImage(store, image, ["3.9"]);
    const node = (used: string, version: string): Files => ({
      [MAIN]: v3(`${host}/k8s/pause@${used}`),
      "/etc/kubernetes/kubeadm.yaml":
        `kind: ClusterConfiguration\nkubernetesVersion: ${version}\nimageRepository: ${host}/k8s\n`,
    });
    const listed = async (files: Files): Promise<string[]> =>
      await look(files, async (offline, root) => {
        assert.is(offline.outcome, "fine");
        const { findings } = await diagnose(root);
        return findings.filter(({ id }) => id === "kubeadm-lists")
          .map(({ found, fix }) => `${found} ${fix.replace(root, "")}`);
      });
    assert.equal(await listed(node(digest, "v1.30.0")), []);
    const [other = ""] = await listed(node(DIGEST, "v1.30.0"));
    assert.match(other, `kubeadm lists ${host}/k8s/pause:3.9, which is ${digest}`);
    assert.match(other, `pause-image config containerd --image ${host}/k8s/pause:3.9 --write `);
    const [lacks = ""] = await listed(node(digest, "v1.31.0"));
    assert.match(lacks, `has no ${host}/k8s/pause:3.10, which kubeadm pulls`);
    assert.match(lacks, `pause-image mirror registry.k8s.io/pause:3.10 ${host}/k8s/pause:3.10`);
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
