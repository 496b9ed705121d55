import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withPath } from "../support/clients.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { skip } from "../support/skip.ts";
import { BEHAVIOUR, manifest, type Place, pod, write } from "./behaviour.ts";

const IMAGE = "localhost/app:1";

/** A place with the fake engine under docker's name. */
interface Fake extends Place {
  /** What the engine was told, without what looks at it, the newest words last. */
  readonly told: () => Promise<readonly string[]>;
  /** The path of a file of the engine's. */
  readonly at: (name: string) => string;
}

async function withFake(use: (fake: Fake) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const bin = join(folder, "bin");
    const at = (name: string): string => join(bin, name);
    await mkdir(bin);
    await copyFile("test/pod/fake-engine.sh", at("docker"));
    await chmod(at("docker"), 0o755);
    await writeFile(at("images"), `pause:3.10.2\n${IMAGE}\n`);
    const told = async (): Promise<string[]> =>
      (await readFile(at("log"), "utf8")).trimEnd().split("\n")
        .filter((line) => !/^(ps|inspect|image inspect) /.test(line));
    await withPath(bin, () => use({ engine: "docker", folder, image: IMAGE, told, at }));
  });
}

for (const [name, behave] of Object.entries(BEHAVIOUR)) {
  test(`pod ${name}`, () => withFake(behave));
}

test("pod up gives the network to the pause container, and everything else to whom it belongs", () =>
  withFake(async (fake) => {
    const container = {
      command: ["sh", "-c"],
      args: ["echo $(WHO) $(NOBODY) $$(WHO)"],
      env: [{ name: "WHO", value: "me" }, { name: "TWO", value: "$(WHO) too" }, { name: "NONE" }],
      workingDir: "/bin",
      ports: [{ containerPort: 53, hostPort: 5353, protocol: "UDP" }, { containerPort: 80 }],
    };
    const spec = {
      hostAliases: [{ ip: "10.0.0.1", hostnames: ["a", "b.example"] }],
      restartPolicy: "OnFailure",
    };
    await pod(fake, ["up", await write(fake.folder, "p", manifest("p", IMAGE, container, spec))]);
    const [infra = "", app = ""] = (await fake.told())
      .map((line) => line.replace(/run=[0-9a-f-]{36}/, "run=RUN"));
    const begin = "run --detach --pull never --name";
    assert.is(
      infra.replace(/sha256:[0-9a-f]{64}/, "DIGEST"),
      `${begin} pod_p --restart on-failure --label io.pause-image.pod=p --label io.pause-image.run=RUN --label io.pause-image.source=DIGEST --hostname p --ipc=shareable --add-host a:10.0.0.1 --add-host b.example:10.0.0.1 --publish 5353:53/udp pause:3.10.2`,
    );
    assert.is(
      app,
      `${begin} pod_p_app --restart on-failure --label io.pause-image.pod=p --label io.pause-image.run=RUN --label io.pause-image.container=app --network container:pod_p --ipc container:pod_p --pid container:pod_p --env WHO=me --env TWO=me too --env NONE= --workdir /bin --entrypoint sh ${IMAGE} -c echo me $(NOBODY) $(WHO)`,
    );
  }));

test("pod up keeps PID namespaces apart unless the file says otherwise, and restarts always", () =>
  withFake(async (fake) => {
    const file = manifest("p", IMAGE, {}, {
      restartPolicy: undefined,
      shareProcessNamespace: undefined,
    });
    await pod(fake, ["up", await write(fake.folder, "p", file)]);
    const [, app = ""] = await fake.told();
    assert.match(app, /--restart always/);
    assert.not.match(app, /--pid/);
  }));

test("pod down stops the containers before the pause container, and gives them time", () =>
  withFake(async (fake) => {
    await pod(fake, ["up", await write(fake.folder, "p", manifest("p", IMAGE))]);
    await pod(fake, ["down", "p"]);
    const verbs = (await fake.told()).map((line) =>
      line.replace(/0{20}\S+/, "ID").split(" --n")[0]
    );
    assert.equal(verbs.slice(2), [
      "stop -t 10 ID",
      "rm --force --volumes ID",
      "stop -t 10 ID",
      "rm --force --volumes ID",
    ]);
  }));

test("pod down waits for somebody else's removal", () =>
  withFake(async (fake) => {
    await pod(fake, ["up", await write(fake.folder, "p", manifest("p", IMAGE))]);
    await writeFile(fake.at("busy"), "");
    assert.is(await pod(fake, ["down", "p"]), "p  down\n");
    assert.is(await pod(fake, ["ps"]), "");
  }));

test("pod ps leaves out what goes while it looks", () =>
  withFake(async (fake) => {
    await pod(fake, ["up", await write(fake.folder, "p", manifest("p", IMAGE))]);
    const engine = await readFile(fake.at("docker"), "utf8");
    const listed = `"ps --all")\n  echo ${"f".repeat(64)}\n`;
    await writeFile(fake.at("docker"), engine.replace('"ps --all")\n', listed));
    assert.match(await pod(fake, ["ps"]), /^p +running.*\n {2}app +running/);
  }));

test("pod up says how to make the pause image when the engine lacks it, and fetches none", () =>
  withFake(async (fake) => {
    await writeFile(fake.at("images"), `${IMAGE}\n`);
    await writeFile(fake.at("registry"), "pause:3.10.2\nregistry.example.com/pause:1\n");
    const file = await write(fake.folder, "p", manifest("p", IMAGE));
    const error = await failsWith(["toolchain"], () => pod(fake, ["up", file]));
    assert.match(
      error.message,
      /docker has no pause:3\.10\.2.*all ARCH=[a-z0-9]+ OUTPUT=docker-archive:.*docker load/,
    );
    assert.equal(await fake.told(), []);
    const named = ["up", file, "--infra-image", "registry.example.com/pause:1"];
    assert.match(
      await pod(fake, named),
      /registry\.example\.com\/pause:1 {2}fetched by docker\np /,
    );
  }));

test("pod up takes down what it began when it is interrupted", () =>
  withFake(async (fake) => {
    const controller = new AbortController();
    const file = await write(fake.folder, "p", manifest("p", IMAGE));
    const stopping = new Error("stop");
    // As soon as the pause container is there.
    const watch = setInterval(() => {
      void readFile(fake.at("log"), "utf8").then((log) => {
        if (log.includes("run ")) controller.abort(stopping);
      }, () => {});
    }, 1);
    try {
      await pod(fake, ["up", file], controller.signal);
      assert.unreachable();
    } catch (error) {
      assert.is(error, stopping);
    } finally {
      clearInterval(watch);
    }
    assert.is(await pod(fake, ["ps"]), "");
    assert.match((await fake.told()).at(-1) ?? "", /^rm --force/);
  }));

test("pod keeps a terminal's Ctrl-C from the engine's client, which would leave its work half done", async () => {
  if (!existsSync("/proc/self/stat")) return skip("process groups are looked up in Linux's /proc");
  await withFake(async (fake) => {
    const group = fake.at("group");
    await writeFile(fake.at("docker"), `#!/bin/sh\ncut -d' ' -f1,5 "/proc/$$/stat" >'${group}'\n`);
    assert.is(await pod(fake, ["ps"]), "");
    assert.match(await readFile(group, "utf8"), /^(\d+) \1\n$/);
  });
});

test("pod up names the containers of its pod that do not run", () =>
  withFake(async (fake) => {
    const file = await write(fake.folder, "p", manifest("p", IMAGE));
    await pod(fake, ["up", file]);
    const { pods: [{ containers: [app] }] } = JSON.parse(await pod(fake, ["ps", "--json"]));
    await writeFile(fake.at(`state/${app.id}/status`), "exited\n");
    const error = await failsWith(["usage"], () => pod(fake, ["up", file]));
    assert.match(error.message, /and app not running/);
  }));

test("pod tells when the engine does not answer, or is not installed", () =>
  withFake(async (fake) => {
    await writeFile(fake.at("dead"), "");
    for (const words of [["ps"], ["down", "p"]]) {
      const error = await failsWith(["toolchain"], () => pod(fake, words));
      assert.match(error.message, /daemon running\?.*Start docker.*--engine/);
    }
    await rm(fake.at("docker"));
    const { PATH } = process.env;
    process.env.PATH = fake.at("");
    try {
      const error = await failsWith(["toolchain"], () => pod(fake, ["ps"]));
      assert.match(error.message, /there is no docker on PATH/);
    } finally {
      process.env.PATH = PATH;
    }
  }));

test("pod refuses words that it does not know", () =>
  withFake(async (fake) => {
    for (
      const [words, found] of [
        [[], "takes one of up, ps, enter, down"],
        [["upp"], 'no "upp".*up'],
        [["up"], "up takes one FILE"],
        [["up", "a", "b"], "up takes one FILE"],
        [["ps", "web"], 'ps takes no "web"'],
        [["enter"], "NAME of a pod"],
        [["down"], "down takes one NAME or FILE"],
      ] as const
    ) {
      const error = await failsWith(["usage"], () => pod(fake, words));
      assert.match(error.message, new RegExp(found));
    }
    await failsWith(["storage"], () => pod(fake, ["up", join(fake.folder, "none.yaml")]));
  }));

test.run();
