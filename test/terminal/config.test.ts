import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EXIT_CODES } from "../../build/error.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import { runConfig } from "../../build/terminal/config.ts";
import { runDoctor } from "../../build/terminal/doctor.ts";
import { OUT_OF_DATE } from "../../build/terminal/manual/sync.ts";
import type { Screen } from "../../build/terminal/screen.ts";
import { putImage } from "../store/put.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { sampleImage } from "../support/images.ts";
import { withRegistry } from "../support/registry.ts";

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What a command prints. */
async function said(
  run: (out: Screen, err: Screen, signal: AbortSignal) => Promise<number>,
): Promise<Said> {
  const [out, err]: [string[], string[]] = [[], []];
  const on = (lines: string[]): Screen => ({
    write: (line) => void lines.push(line),
    paint: (_, text) => text,
  });
  const code = await run(on(out), on(err), new AbortController().signal);
  return { code, out: out.join("\n"), err: err.join("\n") };
}

const config = (...words: string[]): Promise<Said> =>
  said((out, err, signal) => runConfig(words, signal, { out, err }));

const doctor = (...words: string[]): Promise<Said> =>
  said((out, _, signal) => runDoctor(words, signal, out));

test("the file is on stdout with the digest that the registry has, all else on stderr", async () => {
  await withRegistry({}, async ({ host, log }) => {
    const image = sampleImage(1);
    await putImage(registryStore({ host, repository: "k8s/pause" }), image, ["3.10"]);
    const { code, out, err } = await config("crio", "--image", `${host}/k8s/pause:3.10`);
    assert.is(code, 0);
    const { digest } = image.manifest.descriptor;
    assert.match(out, `\n[crio.image]\npause_image = "${host}/k8s/pause@${digest}"`);
    assert.match(out, new RegExp(`^# ${host}/k8s/pause:3\\.10, by pause-image config crio\n`));
    assert.match(
      err,
      "This goes into /etc/crio/crio.conf.d/90-pause.conf.\nThen: systemctl restart",
    );
    assert.not.match(err, "not pinned");
    const asked = log.length;
    await config("crio", "--image", `${host}/k8s/pause@${digest}`);
    assert.is(log.length, asked, "a digest is not looked up");
  });
});

test("an image that the registry lacks, or a registry that does not answer, prints nothing", async () => {
  await withRegistry({}, async ({ host }) => {
    const error = await failsWith(
      ["usage"],
      () => config("crio", "--image", `${host}/k8s/pause:3.10`),
    );
    assert.match(error.message, /has no such image.*--offline/);
  });
  await failsWith(["registry"], () => config("crio", "--image", "127.0.0.1:1/pause:3.10"));
});

test("--offline keeps the tag and says so loudly", async () => {
  const { out, err } = await config("podman", "--image", "a.example/pause:3.10", "--offline");
  assert.match(out, 'infra_image = "a.example/pause:3.10"');
  assert.match(err, "not pinned: a.example/pause:3.10 is a tag");
});

test("--diff writes nothing and ends with another code; --write says where the old file is", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "containers.conf");
    await writeFile(file, '[engine]\nruntime = "runc"\n');
    const words = ["podman", "--image", "a.example/pause:3.10", "--offline", "--write", file];
    const planned = await config(...words, "--diff");
    assert.is(planned.code, OUT_OF_DATE);
    assert.match(planned.out, '\n runtime = "runc"\n+infra_image = "a.example/pause:3.10"');
    assert.not.match(await readFile(file, "utf8"), "infra_image");
    const written = await config(...words);
    assert.equal([written.code, written.out], [0, `${file}  written, the old one is ${file}.bak`]);
    assert.match(written.err, "Then: nothing");
    const again = await config(...words);
    assert.equal([again.code, again.out, again.err], [0, `${file}  says so already`, ""]);
    assert.is((await config(...words, "--diff")).code, 0);
  });
});

const WRONG: readonly (readonly [words: string[], message: RegExp])[] = [
  [[], /no runtime is named\. Name one of containerd, containerd1,/],
  [["contanerd"], /no runtime "contanerd".*Did you mean "containerd"/],
  [["k3s", "rke2"], /one runtime, not 2/],
  [["k3s", "--diff"], /--diff needs --write FILE/],
  [["kubelet", "--remove"], /--remove needs --write FILE/],
  [["k3s", "--remove", "--write", "f"], /takes out a flag, and k3s has none/],
  [["kubelet", "--remove", "--image", "a/b:1", "--write", "f"], /--remove takes no --image/],
  [["k3s", "--write", ""], /--write "" names nothing/],
  [["k3s", "--image", "http://a.example/pause", "--offline"], /begins with http/],
];

for (const [words, message] of WRONG) {
  test(`wrong words are refused: ${words.join(" ") || "none"}`, async () => {
    assert.match((await failsWith(["usage"], () => config(...words))).message, message);
  });
}

test("doctor tells file, line and command, and by its exit code what came out", async () => {
  await withFolder(async (root) => {
    const file = join(root, "etc/containers/containers.conf");
    await config("podman", "--image", "a.example/pause:3.10", "--offline", "--write", file);
    const wrong = await doctor("--root", root, "--offline");
    assert.is(wrong.code, EXIT_CODES.verification);
    assert.equal(wrong.out.split("\n"), [
      "podman  a.example/pause:3.10  /etc/containers/containers.conf:2",
      "",
      "WRONG  digest  /etc/containers/containers.conf:2",
      "       a.example/pause:3.10 is a tag",
      `       fix: pause-image config podman --image a.example/pause:3.10 --write ${file}`,
      "",
      "1 file read: 1 wrong, 0 could not be found out",
    ]);
    const { outcome, images } = JSON.parse(
      (await doctor("--root", root, "--offline", "--json")).out,
    );
    assert.equal([outcome, images[0].image], ["wrong", "a.example/pause:3.10"]);
    const digest = `sha256:${"a".repeat(64)}`;
    await config("podman", "--image", `a.example/pause@${digest}`, "--write", file);
    assert.is((await doctor("--root", root, "--offline")).code, 0);
  });
});

test("a node of which nothing is known is not fine", async () => {
  await withFolder(async (root) => {
    const { code, out } = await doctor("--root", root, "--offline");
    assert.is(code, EXIT_CODES.partial);
    assert.match(out, /^open {3}runtime/);
  });
});

test("doctor takes no words but options", async () => {
  const error = await failsWith(["usage"], () => doctor("/mnt"));
  assert.match(error.message, 'it takes no "/mnt"; the node\'s folder is --root DIR');
});

test.run();
