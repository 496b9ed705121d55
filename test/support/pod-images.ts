import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Command, run } from "../../build/host/process.ts";
import { MACHINE } from "./emulator.ts";
import type { Engine } from "./engine.ts";
import { withFolder } from "./folder.ts";
import { onDeno } from "./program.ts";

/** The names under which the engine has the images. */
export interface PodImages {
  readonly pause: string;
  /** busybox, with its programs on PATH. */
  readonly app: string;
  readonly nginx: string;
}

const BUSYBOX = "/bin/busybox";

const APPLETS = "cat env httpd id killall mkdir ps pwd sh sleep tail true wget".split(" ");

/** Gives an engine the images of a pod, made of this machine's programs and `./make`'s pause. */
export async function loadPodImages(engine: Engine): Promise<PodImages> {
  return await withFolder(async (folder) => {
    const archive = join(folder, "pause.tar");
    const output = `OUTPUT=docker-archive:${archive}`;
    await must(...onDeno("."), "-C", folder, "all", output, `ARCH=${MACHINE}`);
    const pause = (await engine.load(archive)).replace("docker.io/library/", "");
    const app = join(folder, "app");
    await place(app, BUSYBOX);
    await link(app);
    const nginx = join(folder, "nginx");
    await nginxRoot(nginx);
    return {
      pause,
      app: await importRoot(engine, app, "localhost/app:1"),
      nginx: await importRoot(engine, nginx, "localhost/nginx:1"),
    };
  });
}

async function must(...command: Command): Promise<string> {
  const { exitCode, stdout, stderr } = await run(command);
  if (exitCode === 0) return stdout;
  throw new Error(`${command.join(" ")} exited with ${exitCode}: ${stderr}`);
}

async function importRoot(engine: Engine, root: string, name: string): Promise<string> {
  const tar = `${root}.tar`;
  await must("tar", "--create", "--file", tar, "--directory", root, ".");
  await engine.client("import", "--change", "ENV PATH=/bin:/usr/sbin", tar, name);
  return name;
}

async function link(root: string): Promise<void> {
  for (const applet of APPLETS) await symlink("busybox", join(root, "bin", applet));
}

async function nginxRoot(root: string): Promise<void> {
  const program = "/usr/sbin/nginx";
  const libraries = (await must("ldd", program)).match(/\/\S+/g) ?? [];
  for (const file of [program, BUSYBOX, ...libraries]) await place(root, file);
  await link(root);
  for (const folder of ["etc/nginx", "var/log/nginx", "var/lib/nginx", "tmp"]) {
    await mkdir(join(root, folder), { recursive: true });
  }
  await writeFile(join(root, "etc/passwd"), "root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:\n");
  await writeFile(join(root, "etc/group"), "root:x:0:\nnogroup:x:65534:\n");
}

async function place(root: string, file: string): Promise<void> {
  const at = join(root, file);
  await mkdir(dirname(at), { recursive: true });
  await cp(file, at, { dereference: true });
}
