import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../build/error.ts";
import type { ImageRequest } from "../../build/image/image.ts";
import type { ImageConfig } from "../../build/oci/manifest.ts";
import { buildFrom, refusalOf } from "./build-from.ts";

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The configuration after these lines of an image from scratch. */
async function configOf(
  lines: readonly string[],
  request?: Partial<ImageRequest>,
): Promise<NonNullable<ImageConfig["config"]>> {
  const { config } = await buildFrom(["FROM scratch", "ADD bin/pause /pause", ...lines], request);
  return config.config ?? {};
}

/** Why an image from scratch with these lines is refused; they begin at line 2. */
function refusal(...lines: string[]): Promise<string> {
  return refusalOf(["FROM scratch", ...lines]);
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

test("what only other builders do is refused with its line and what to do", async () => {
  const rows: Readonly<Record<string, string>> = {
    "RUN true": "RUN needs a container",
    "FROM scratch": "a second FROM needs another stage",
    "HEALTHCHECK CMD x": "HEALTHCHECK has no place in an OCI image",
    "ONBUILD USER 1": "ONBUILD has no place in an OCI image",
    'SHELL ["/bin/sh"]': "SHELL serves RUN",
    "MAINTAINER me": "MAINTAINER is now LABEL",
    "COPY --from=x a /a": "COPY --from is not done here",
    "COPY --link a /a": "COPY --link is not done here",
    "ADD --checksum=x a /a": "ADD --checksum is not done here",
    "USER --x 1": "USER --x is not done here",
  };
  for (const [line, found] of Object.entries(rows)) {
    const message = await refusal("# comment", line);
    assert.ok(message.startsWith(`Cannot build Dockerfile:3: ${found}`), message);
    assert.match(message, "build with another tool: docker build -f Dockerfile .");
  }
});

test("here-documents are refused", async () => {
  assert.match(await refusal("COPY <<EOF /x", "hello", "EOF"), ':2: the source "<<EOF" is a here');
  assert.match(await refusal("RUN <<EOF", "hello", "EOF"), ":2: RUN needs a container");
});

test("FROM an image is refused with its name, as are a platform and no FROM at all", async () => {
  assert.match(
    await refusalOf(["# x", "FROM alpine:3"]),
    /:2: .* scratch, and not from "alpine:3"/,
  );
  assert.match(await refusalOf(["ARG B=busybox", "FROM $B"]), 'not from "busybox"');
  assert.match(await refusalOf(["FROM --platform=x scratch"]), ":1: FROM --platform is not done");
  assert.match(await refusalOf(["# nothing"]), ":1: it has no FROM");
  assert.match(await refusalOf(["ENV A=1", "FROM scratch"]), ":1: ENV comes before FROM");
});

test("an unknown instruction is refused with the nearest one", async () => {
  assert.match(
    await refusal("ENTRYPIONT x"),
    ':2: there is no instruction "ENTRYPIONT". Did you mean "ENTRYPOINT"?',
  );
});

test("an instruction that says nothing, or nothing that can be, is refused", async () => {
  const rows: Readonly<Record<string, string>> = {
    "USER": "USER says nothing",
    "USER $NOPE": "USER says nothing",
    "WORKDIR": "WORKDIR says nothing",
    "ENTRYPOINT": "ENTRYPOINT says nothing",
    "CMD ['x']": "is no JSON array of strings",
    "ENV A": '"A" has no value',
    "LABEL =x": "has a blank name",
    'ENV A="x': "is missing",
    "STOPSIGNAL FOO": 'there is no signal "FOO"',
    "STOPSIGNAL 0": 'there is no signal "0"',
    "STOPSIGNAL 65": 'there is no signal "65"',
    "EXPOSE abc": '"abc" is no port',
    "EXPOSE 8080:80": '"8080:80" is no port',
    "EXPOSE 65536": '"65536" is no port',
    "EXPOSE 9-8": '"9-8" is no port',
    "EXPOSE 80/foo": '"80/foo" is no port',
    'VOLUME ""': "a volume has no path",
  };
  for (const [line, found] of Object.entries(rows)) {
    const message = await refusal("LABEL a=b \\", "  c=d", line);
    assert.ok(message.startsWith("Cannot build Dockerfile:4: "), message);
    assert.match(message, found);
  }
});

test("signals go by name with and without SIG, in any case, and by number", async () => {
  for (const signal of ["TERM", "sigint", "9", "SIGRTMIN+3", "rtmax-14"]) {
    assert.is((await configOf([`STOPSIGNAL ${signal}`])).StopSignal, signal);
  }
});

test("WORKDIR for a user known by name alone is refused: no list of users says who that is", async () => {
  assert.match(await refusal("USER bob", "WORKDIR /w"), ':3: the owner "bob" is no UID[:GID]');
});

test("the whole file is understood before any file of the context is read", async () => {
  const lines = ["FROM scratch", "ADD bin/pause /pause", "RUN x"];
  const contextDir = (): never => {
    throw new Error("the context was read");
  };
  assert.match(await refusalOf(lines, { contextDir }), ":3: RUN");
});

test("an image without a file is refused", async () => {
  assert.match(await refusal("LABEL a=b"), "the image has no file");
});

test("any text is an image or a PauseError", async () => {
  const word = fc.constantFrom(
    ...[
      "FROM",
      "scratch",
      "ADD",
      "COPY",
      "ENV",
      "LABEL",
      "A=1",
      "$A",
      "${A",
      "<<EOF",
      "EOF",
      "\\",
      "\n",
    ],
    ...[
      "\r\n",
      "#",
      "# escape=`\n",
      '["a"]',
      "[",
      '"',
      "'",
      "--chown=1",
      "bin/pause",
      "/pause",
      " ",
      "ARG",
    ],
    ...[
      "RUN",
      "USER",
      "WORKDIR",
      "..",
      "ONBUILD",
      "é",
      "\u0000",
      "HEALTHCHECK",
      "--interval",
      "VOLUME",
    ],
  );
  await fc.assert(fc.asyncProperty(fc.array(word, { maxLength: 30 }), async (words) => {
    try {
      await buildFrom([`FROM scratch\nCOPY dir/a /a\n${words.join(" ")}`]);
    } catch (error) {
      if (!(error instanceof PauseError)) throw error;
    }
  }));
});

test.run();
