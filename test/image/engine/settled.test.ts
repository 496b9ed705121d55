import { test } from "uvu";
import * as assert from "uvu/assert";
import { settled } from "../../../build/image/engine/settled.ts";
import { readImageConfig } from "../../../build/oci/document.ts";
import type { ImageConfig } from "../../../build/oci/manifest.ts";

const ARM = { os: "linux", architecture: "arm", variant: "v6" };
const CREATED = "2001-09-09T01:46:40Z";

/** A configuration as an engine could have made it, settled. */
function settle(config: Record<string, unknown>, more: Record<string, unknown> = {}): ImageConfig {
  const rootfs = { type: "layers", diff_ids: [`sha256:${"1".repeat(64)}`] };
  const text = JSON.stringify({ architecture: "arm", os: "linux", rootfs, config, ...more });
  return settled(readImageConfig(new TextEncoder().encode(text)), ARM, CREATED);
}

test("settled() leaves out what is of the builder's machine and hour", () => {
  const config = settle({ Hostname: "ab12", Image: "sha256:0", AttachStdin: false }, {
    container: "0123",
    container_config: { Hostname: "ab12" },
    docker_version: "20.10",
    created: "2026-11-22T00:00:00Z",
    history: [
      { created: "2026-11-22T00:00:00Z", created_by: "ADD x", comment: "buildkit", author: "me" },
      { created: "2026-11-22T00:00:00Z", created_by: "USER 1", empty_layer: true },
    ],
  });
  assert.equal(config, {
    created: CREATED,
    architecture: "arm",
    variant: "v6",
    os: "linux",
    config: { WorkingDir: "/" },
    rootfs: { type: "layers", diff_ids: [`sha256:${"1".repeat(64)}`] },
    history: [
      { created: CREATED, created_by: "ADD x", comment: "buildkit" },
      { created: CREATED, created_by: "USER 1", empty_layer: true },
    ],
  });
});

test("settled() keeps what the Dockerfile says, also what we have no instruction for", () => {
  const said = {
    User: "65535:65535",
    ExposedPorts: { "80/tcp": {} },
    Env: ["A=1"],
    Entrypoint: ["/pause"],
    Cmd: ["-v"],
    Volumes: { "/a": {}, "/b": {} },
    WorkingDir: "/srv",
    Labels: { a: "1", b: "2" },
    StopSignal: "SIGINT",
    Healthcheck: { Test: ["NONE"] },
    Shell: ["/bin/ash"],
  };
  assert.equal(settle(said).config, said);
});

test("settled() writes a set in the order of its keys, and an empty one not at all", () => {
  const { config } = settle({ Labels: { b: "2", a: "1" }, Volumes: {}, OnBuild: [], Cmd: [] });
  assert.is(JSON.stringify(config), '{"WorkingDir":"/","Labels":{"a":"1","b":"2"}}');
});

test("settled() leaves out by which label a builder names itself", () => {
  assert.equal(settle({ Labels: { "io.buildah.version": "1.28.2" } }).config, { WorkingDir: "/" });
});

test.run();
