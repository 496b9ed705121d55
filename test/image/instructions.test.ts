import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ImageRequest } from "../../build/image/image.ts";
import type { ImageConfig } from "../../build/oci/manifest.ts";
import { buildFrom } from "./build-from.ts";

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The configuration after these lines of an image from scratch. */
async function configOf(
  lines: readonly string[],
  request?: Partial<ImageRequest>,
): Promise<NonNullable<ImageConfig["config"]>> {
  const { config } = await buildFrom(["FROM scratch", "ADD bin/pause /pause", ...lines], request);
  return config.config ?? {};
}

test("an image that says nothing has Docker's PATH, the root as working directory, and no more", async () => {
  assert.equal(await configOf([]), { Env: [PATH], WorkingDir: "/" });
});

test("USER, STOPSIGNAL, ENTRYPOINT and CMD are as written", async () => {
  assert.equal(
    await configOf([
      "USER 65535:65535",
      "STOPSIGNAL SIGINT",
      'ENTRYPOINT ["/pause"]',
      'CMD ["-v"]',
    ]),
    {
      User: "65535:65535",
      Env: [PATH],
      Entrypoint: ["/pause"],
      Cmd: ["-v"],
      WorkingDir: "/",
      StopSignal: "SIGINT",
    },
  );
});

test("ENTRYPOINT and CMD in shell form are a line for /bin/sh, their variables left to it", async () => {
  const { Entrypoint, Cmd } = await configOf([
    "ENV A=1",
    'ENTRYPOINT exec "$A"  \\',
    "  y",
    "CMD $A",
  ]);
  assert.equal(Entrypoint, ["/bin/sh", "-c", 'exec "$A"    y']);
  assert.equal(Cmd, ["/bin/sh", "-c", "$A"]);
});

test("an empty JSON array takes ENTRYPOINT and CMD back", async () => {
  const { Entrypoint, Cmd } = await configOf(['ENTRYPOINT ["/a"]', "ENTRYPOINT []", "CMD []"]);
  assert.is(Entrypoint, undefined);
  assert.is(Cmd, undefined);
});

test("ENV keeps the order of first mention, and sees the values from before its own line", async () => {
  const { Env } = await configOf([
    "ENV A=1 B=$A",
    "ENV C=$A A=2 D=$A",
    "ENV PATH=/x",
    "ENV OLD a b",
  ]);
  assert.equal(Env, ["PATH=/x", "A=2", "B=", "C=1", "D=1", "OLD=a b"]);
});

test("LABEL is sorted by name, and the last value counts", async () => {
  const { Labels } = await configOf(['LABEL z=1 "two words"="x y"', "LABEL é=2 Z=3", "LABEL z=4"]);
  assert.equal(JSON.stringify(Labels), '{"Z":"3","two words":"x y","z":"4","é":"2"}');
});

test("EXPOSE writes ranges out, in lower case, each once", async () => {
  const { ExposedPorts } = await configOf([
    "ARG P=80",
    "EXPOSE $P 53/UDP 90-92",
    "EXPOSE 80/tcp 9/sctp",
  ]);
  const ports = ["53/udp", "80/tcp", "9/sctp", "90/tcp", "91/tcp", "92/tcp"];
  assert.equal(Object.keys(ExposedPorts ?? {}), ports);
});

test("VOLUME takes words and JSON", async () => {
  const { Volumes } = await configOf(["ARG V=/v", "VOLUME $V /w", 'VOLUME ["/with space"]']);
  assert.equal(Volumes, { "/v": {}, "/w": {}, "/with space": {} });
});

test("WORKDIR adds up, and makes the folders for the user of its moment", async () => {
  const { config, layers } = await buildFrom([
    "FROM scratch",
    "WORKDIR /a/../b/",
    "USER 5",
    'WORKDIR "c d"',
    "USER 6:7",
    "WORKDIR ../e",
    "WORKDIR /b",
  ]);
  assert.is(config.config?.WorkingDir, "/b");
  assert.equal(layers, [["755 0:0 /b/"], ["755 5:5 /b/c d/"], ["755 6:7 /b/e/"]]);
});

test("ARG is a variable of its stage: its preset, over it what the caller gives, under it ARGs before FROM", async () => {
  const lines = [
    "ARG G=global",
    "ARG H=${G}x",
    "FROM scratch",
    "ADD bin/pause /pause",
    "ENV BEFORE=$G",
    'ARG G K="q q" L',
    "ARG H=own M=preset",
    "ENV G2=$G H2=$H K2=$K L2=$L M2=$M",
  ];
  const { config } = await buildFrom(lines, { buildArgs: { M: "given", L: "l", UNUSED: "x" } });
  assert.equal(config.config?.Env?.slice(1), [
    "BEFORE=",
    "G2=global",
    "H2=own",
    "K2=q q",
    "L2=l",
    "M2=given",
  ]);
});

test("ENV hides an ARG of the same name, before and after it", async () => {
  const { Env } = await configOf(["ARG A=arg", "ENV A=env", "ENV B=$A", "ARG A=late", "ENV C=$A"]);
  assert.equal(Env?.slice(1), ["A=env", "B=env", "C=env"]);
});

test("the platform is there as ARG, once it is declared", async () => {
  const { Env } = await configOf([
    "ENV A=$TARGETARCH",
    "ARG TARGETARCH TARGETOS TARGETVARIANT TARGETPLATFORM",
    "ENV B=$TARGETOS-$TARGETARCH-$TARGETVARIANT C=$TARGETPLATFORM",
  ], { platform: { os: "linux", architecture: "arm", variant: "v6" } });
  assert.equal(Env?.slice(1), ["A=", "B=linux-arm-v6", "C=linux/arm/v6"]);
});

test("FROM takes a variable, and a name for the stage", async () => {
  const { layers } = await buildFrom(["ARG BASE=scratch", "FROM ${BASE} AS it", "COPY dir/a /"]);
  assert.equal(layers, [["644 0:0 /a = A"]]);
});

test("keywords in any case, comments, continued lines, directives and CRLF are read", async () => {
  const { config } = await buildFrom([
    "# escape=`",
    "from scratch",
    "  add dir/a /a",
    "env A=1 `",
    "  # a comment in between",
    "",
    "  B=`$A",
    "Label c=d",
  ].map((line) => `${line}\r`));
  assert.equal(config.config?.Env?.slice(1), ["A=1", "B=$A"]);
  assert.equal(config.config?.Labels, { c: "d" });
});

test("signals go by name with and without SIG, in any case, and by number", async () => {
  for (const signal of ["TERM", "sigint", "9", "SIGRTMIN+3", "rtmax-14"]) {
    assert.is((await configOf([`STOPSIGNAL ${signal}`])).StopSignal, signal);
  }
});

test.run();
