import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../build/error.ts";
import { fc } from "../support/properties.ts";
import { buildFrom, refusalOf } from "./build-from.ts";

/** Why an image from scratch with these lines is refused; they begin at line 2. */
function refusal(...lines: string[]): Promise<string> {
  return refusalOf(["FROM scratch", ...lines]);
}

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
    assert.match(
      message,
      "build with another builder: ENGINE=buildah, or docker build -f Dockerfile .",
    );
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
