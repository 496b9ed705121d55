import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { diagnose } from "../../build/runtimes/doctor.ts";
import { mend } from "./mend.ts";
import { brief, GOOD, look, MAIN, TAGGED, v3 } from "./nodes.ts";

test("a file that has two names is told of once", async () => {
  const unit = "usr/lib/systemd/system/cri-docker.service";
  await look({ [unit]: "[Service]\nExecStart=/usr/bin/cri-dockerd\n" }, async (_, root) => {
    await symlink("usr/lib", join(root, "lib"));
    const { files } = await diagnose(root, { offline: true });
    assert.equal(files, [`/${unit}`]);
  });
});

test("a link that would lead out of the root is not followed there, and not taken for fine", async () => {
  await look({}, async (_, root) => {
    await mkdir(join(root, dirname(MAIN)), { recursive: true });
    await symlink("/etc/hostname", join(root, MAIN));
    const diagnosis = await diagnose(root, { offline: true });
    assert.equal(brief(diagnosis), [`readable unknown ${MAIN}`, "runtime unknown"]);
  });
});

test("links are followed as the node does, from its own root, and mended where they lead", async () => {
  await look({ "/opt/containerd/config.toml": v3(TAGGED) }, async (_, root) => {
    await mkdir(join(root, "etc"));
    await symlink("/opt/../../../opt/containerd", join(root, "etc/containerd"));
    const { findings } = await diagnose(root, { offline: true });
    assert.equal(findings.map(({ id, file }) => [id, file]), [["digest", MAIN]]);
    assert.match(findings[0]?.fix ?? "", ` --write ${root}/opt/containerd/config.toml`);
    await mend(findings[0]?.fix ?? "");
    assert.is((await diagnose(root, { offline: true })).outcome, "fine");
  });
});

test("a link to what is not there, and one in a circle, are told of", async () => {
  for (
    const [target, found] of [
      [
        "nowhere.toml",
        /config\.toml: \/etc\/containerd\/config\.toml is a link to what is not there/,
      ],
      [
        "/nowhere/a",
        /config\.toml: \/etc\/containerd\/config\.toml is a link to what is not there/,
      ],
      ["config.toml", /its links lead in a circle/],
    ] as const
  ) {
    await look(
      { "/etc/crio/crio.conf": `[crio.image]\npause_image = "${GOOD}"\n` },
      async (_, root) => {
        await mkdir(join(root, dirname(MAIN)));
        await symlink(target, join(root, MAIN));
        const diagnosis = await diagnose(root, { offline: true });
        assert.equal(brief(diagnosis), [`readable unknown ${MAIN}`]);
        assert.match(diagnosis.findings[0]?.found ?? "", found);
      },
    );
  }
});

test("what is no text is told of, and an editor's mark is no part of a file", async () => {
  await look({ [MAIN]: `\ufeff${v3(GOOD)}` }, async (diagnosis, root) => {
    assert.is(diagnosis.outcome, "fine");
    await writeFile(join(root, MAIN), new Uint8Array([0xff, 0xfe, 0x41, 0]));
    const { findings } = await diagnose(root, { offline: true });
    assert.match(findings[0]?.found ?? "", /config\.toml: it is no text in UTF-8/);
  });
});

test("a link on the way to a file that is not there is nobody's fault", async () => {
  await look({ "/usr/lib/x": "", [MAIN]: v3(GOOD) }, async (_, root) => {
    await symlink("usr/lib", join(root, "lib"));
    assert.is((await diagnose(root, { offline: true })).outcome, "fine");
  });
});

test("what is no ordinary file is not read", async () => {
  await look({}, async (_, root) => {
    await mkdir(join(root, MAIN), { recursive: true });
    const { findings } = await diagnose(root, { offline: true });
    assert.match(findings[0]?.found ?? "", /config\.toml: it is no file/);
  });
});

test.run();
