import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { stringify } from "yaml";
import { runPod } from "../../build/terminal/pod.ts";
import { screen } from "../../build/terminal/screen.ts";
import { failsWith } from "../support/fails.ts";

/** A place where `pause-image pod` finds an engine. */
export interface Place {
  readonly engine: "docker" | "podman";
  /** For manifests. */
  readonly folder: string;
  /** An image with sh and sleep. */
  readonly image: string;
}

/** What `pause-image pod` printed. */
export async function pod(
  { engine }: Pick<Place, "engine">,
  words: readonly string[],
  signal: AbortSignal = new AbortController().signal,
): Promise<string> {
  let text = "";
  const out = screen({ write: (line: string) => text += line }, {});
  const code = await runPod([...words, "--engine", engine], signal, { out, err: out });
  assert.is(code, 0);
  return text;
}

/**
 * A manifest of a pod with one container that sleeps, with `more` of its own. One PID namespace:
 * process 1 would not hear of SIGTERM, and take ten seconds to end.
 */
export function manifest(
  name: string,
  image: string,
  more: object = {},
  spec: object = {},
): object {
  const container = { name: "app", image, command: ["sleep", "600"], ...more };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: { restartPolicy: "Never", shareProcessNamespace: true, ...spec, containers: [container] },
  };
}

/** Writes a manifest and returns its path. */
export async function write(folder: string, name: string, content: object): Promise<string> {
  const path = join(folder, `${name}.yaml`);
  await writeFile(path, stringify(content));
  return path;
}

/** What holds with the fake engine as with the real ones: the names are the tests'. */
export const BEHAVIOUR: Readonly<Record<string, (place: Place) => Promise<void>>> = {
  "starts a pod, lists it, and takes it down": async (place) => {
    const port = { containerPort: 80, hostPort: 8081, hostIP: "127.0.0.1" };
    const file = await write(
      place.folder,
      "web",
      manifest("web", place.image, { ports: [port] }),
    );
    assert.match(
      await pod(place, ["up", file]),
      /^web +started +\S+ +127\.0\.0\.1:8081->80\/tcp$/m,
    );
    const { pods: [listed] } = JSON.parse(await pod(place, ["ps", "--json"]));
    assert.is(listed.name, "web");
    assert.is(listed.infra.image.replace(/^.*\//, ""), "pause:3.10.2");
    assert.match(listed.address, /^\d+\.\d+\.\d+\.\d+$/);
    assert.equal(listed.ports, ["127.0.0.1:8081->80/tcp"]);
    assert.equal(
      listed.containers.map(({ name, status }: Record<string, string>) => `${name} ${status}`),
      ["app running"],
    );
    assert.match(await pod(place, ["ps"]), /^ {2}app +running +/m);
    assert.is(await pod(place, ["down", file]), "web  down\n");
    assert.is(await pod(place, ["ps"]), "");
  },
  "says of a pod that is there that it runs, and of one that is not that it is down": async (
    place,
  ) => {
    const file = await write(place.folder, "twice", manifest("twice", place.image));
    await pod(place, ["up", file]);
    const before = JSON.parse(await pod(place, ["ps", "--json"]));
    assert.match(await pod(place, ["up", file]), /^twice +running/);
    assert.equal(JSON.parse(await pod(place, ["ps", "--json"])), before);
    assert.is(await pod(place, ["down", "twice"]), "twice  down\n");
    assert.is(await pod(place, ["down", "twice"]), "twice  not there\n");
  },
  "refuses a file that has changed while its pod runs, and leaves the pod": async (place) => {
    await pod(place, ["up", await write(place.folder, "old", manifest("kept", place.image))]);
    const changed = manifest("kept", place.image, { workingDir: "/bin" });
    const file = await write(place.folder, "new", changed);
    const error = await failsWith(["usage"], () => pod(place, ["up", file]));
    assert.match(error.message, /made from another file.*pause-image pod down kept/);
    assert.match(await pod(place, ["ps"]), /^kept +running/);
    await pod(place, ["down", "kept"]);
  },
  "takes a pod down again when a program is not in the image": async (place) => {
    const broken = manifest("broken", place.image, { command: ["/missing"] });
    const file = await write(place.folder, "broken", broken);
    const error = await failsWith(["toolchain"], () => pod(place, ["up", file]));
    assert.match(error.message, /start the container app of the pod broken.*\/missing/);
    assert.match(error.message, /See whether the image has that program/);
    assert.is(await pod(place, ["ps"]), "");
  },
  "takes a pod down again when its port is taken, and leaves alone who has it": async (place) => {
    const ports = [{ containerPort: 80, hostPort: 8082, hostIP: "127.0.0.1" }];
    const write2 = (name: string): Promise<string> =>
      write(place.folder, name, manifest(name, place.image, { ports }));
    await pod(place, ["up", await write2("first")]);
    const second = await write2("second");
    const error = await failsWith(["toolchain"], () => pod(place, ["up", second]));
    assert.match(error.message, /8082.*Free the port/);
    assert.equal((await pod(place, ["ps"])).match(/^\w+/gm), ["first"]);
    await pod(place, ["down", "first"]);
  },
  "starts one pod when it is told twice at once": async (place) => {
    const file = await write(place.folder, "race", manifest("race", place.image));
    const runs = await Promise.allSettled([1, 2].map(() => pod(place, ["up", file])));
    assert.ok(runs.some(({ status }) => status === "fulfilled"));
    const states = (await pod(place, ["ps"])).match(/(race|app) +\w+/g);
    assert.equal(states?.map((state) => state.replace(/ +/, " ")), ["race running", "app running"]);
    await pod(place, ["down", "race"]);
  },
  "takes a pod down that somebody else is taking down": async (place) => {
    await pod(place, ["up", await write(place.folder, "gone", manifest("gone", place.image))]);
    const said = await Promise.all([1, 2].map(() => pod(place, ["down", "gone"])));
    assert.ok(said.includes("gone  down\n"), said.join());
    assert.is(await pod(place, ["ps"]), "");
  },
  "leaves all pods alone when a name is none": async (place) => {
    await pod(place, ["up", await write(place.folder, "stays", manifest("stays", place.image))]);
    for (const words of [["down", ""], ["down", "stays_app"], ["enter", "*"]]) {
      const error = await failsWith(["usage"], () => pod(place, words));
      assert.match(error.message, /is no name of a pod/);
    }
    assert.match(await pod(place, ["ps"]), /^stays +running/);
    await pod(place, ["down", "stays"]);
  },
  "starts nothing when an image cannot be had": async (place) => {
    const file = await write(place.folder, "none", manifest("none", "127.0.0.1:9/none:1"));
    const error = await failsWith(["toolchain"], () => pod(place, ["up", file]));
    assert.match(error.message, /fetch the image 127\.0\.0\.1:9\/none:1/);
    assert.is(await pod(place, ["ps"]), "");
  },
};
