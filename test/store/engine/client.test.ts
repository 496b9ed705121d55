import { test } from "uvu";
import * as assert from "uvu/assert";
import { runClient } from "../../../build/store/engine/client.ts";
import { withClients } from "../../support/clients.ts";
import { failsWith } from "../../support/fails.ts";

/** What people read when a client says this on stderr. */
function told(client: string, stderr: string, exitCode = 1): Promise<string> {
  const script = `cat >&2 <<'END'\n${stderr}\nEND\nexit ${exitCode}`;
  return withClients({ [client]: script }, async () => {
    const failed = await failsWith(
      ["toolchain"],
      () => runClient("load pause:1", [client, "load", "--quiet"]),
    );
    return failed.message;
  });
}

test("runClient() returns what the client printed", () =>
  withClients({ docker: "echo ' 28.2.2 '" }, async ({ told }) => {
    assert.is(await runClient("ask", ["docker", "version", "a b"]), "28.2.2");
    assert.equal(await told(), ["docker version a b"]);
  }));

test("runClient() says that a program is not there, and what to do", async () => {
  const missing = ["no-such-engine", "version"] as const;
  const { message } = await failsWith(["toolchain"], () => runClient("build x", [...missing]));
  assert.is(
    message,
    "Cannot build x: there is no no-such-engine on PATH. Install it, or do without it.",
  );
});

test("runClient() does not take a container's missing program for a missing client", async () => {
  assert.match(await told("docker", 'exec: "/x": not found', 127), "docker load exited with 127");
});

test("runClient() says of an engine that does not run where another one could be", async () => {
  const socket = "unix:///var/run/docker.sock";
  assert.is(
    await told(
      "docker",
      `Cannot connect to the Docker daemon at ${socket}. Is the docker daemon running?`,
    ),
    `Cannot load pause:1: docker load exited with 1: Cannot connect to the Docker daemon at ${socket}. Is the docker daemon running? Start docker, or say where it is with DOCKER_HOST.`,
  );
  assert.match(
    await told("ctr", 'ctr: failed to dial "/x.sock": connection refused'),
    "Start containerd, or say where it is with CONTAINERD_ADDRESS.",
  );
  assert.match(await told("skopeo", "dial: connection refused"), "Start skopeo.");
});

test("runClient() says who may use an engine", async () => {
  const socket = "permission denied while trying to connect to the Docker daemon socket";
  assert.match(await told("docker", socket), "somebody who may use docker (the group docker).");
  assert.match(await told("buildah", "mkdir /x: permission denied"), "who may use buildah.");
});

test("runClient() says what a wrong storage driver is, without a logger's words", async () => {
  const message = await told(
    "podman",
    [
      'time="2026-11-22T23:46:45Z" level=warning msg="/ is not a shared mount"',
      'time="2026-11-22T23:46:45Z" level=error msg="Failed to GetDriver graph nonsense /root"',
    ].join("\n"),
    125,
  );
  assert.match(message, "125: Failed to GetDriver graph nonsense /root. The storage is of another");
  assert.match(message, "CONTAINERS_STORAGE_CONF");
});

test("runClient() shows the last words of a client that talks, and that another one says nothing", async () => {
  assert.match(
    await told("docker", "one\ntwo\nthree\nfour\n\nSee 'docker load --help'."),
    "exited with 1: two three four. Mend that",
  );
  assert.match(await told("docker", ""), "exited with 1: it said nothing.");
});

test.run();
