/** What wincat.exe carries, with wine in Windows's place. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Command } from "../../../build/host/process.ts";
import { bytesOf } from "../../support/images.ts";
import { freePort } from "../../support/port.ts";
import { received, withPeer } from "./peer.ts";
import { underWine } from "./places.ts";
import { install } from "./programs.ts";

const PATIENCE = 60_000;

/** The words that run `command` with a shell's redirections. */
const redirected = (redirections: string, ...command: Command): Command => [
  ...["sh", "-c", `exec "$@" ${redirections}`, "sh"] as const,
  ...command,
];

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Answers with what was asked once that has ended, as one may over half a connection. */
async function answer(socket: Socket): Promise<void> {
  socket.end(`you said ${text(await received(socket))}`);
  await once(socket, "close");
}

const LARGE = 100 * 1024 * 1024;

const hash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** How stdin and stdout are files, and how they are pipes. */
const CARRIERS: Readonly<Record<string, (file: string, port: number) => Command>> = {
  files: (file, port) => redirected("<sent >got", "wine", file, "127.0.0.1", `${port}`),
  pipes: (file, port) => [
    ...["sh", "-c", 'cat sent | "$@" | cat >got', "sh"] as const,
    ...["wine", file, "127.0.0.1", `${port}`],
  ],
};

underWine("wincat", "moves 100 MiB both ways at once, byte for byte", async (wine, file) => {
  const [upward, downward] = [bytesOf(1, LARGE), bytesOf(2, LARGE)];
  await writeFile(join(wine.folder, "sent"), upward);
  const talk = async (socket: Socket): Promise<void> => {
    socket.end(downward);
    assert.is(hash(await received(socket)), hash(upward));
  };
  for (const [what, command] of Object.entries(CARRIERS)) {
    await withPeer("127.0.0.1", talk, async ({ port, ended }) => {
      const there = ["sh", "-c", 'cd "$0" && exec "$@"', wine.folder] as const;
      const { exitCode, stderr } = await wine.run([...there, ...command(file, port)]);
      assert.equal([exitCode, stderr], [0, ""], what);
      await ended();
      assert.is(hash(await readFile(join(wine.folder, "got"))), hash(downward), what);
    });
  }
});

underWine(
  "wincat",
  "tells the other side that stdin has ended, and reads on",
  async (wine, file) => {
    for (const [input, stdout] of [["hello", "you said hello"], ["", "you said "]] as const) {
      await withPeer("127.0.0.1", answer, async ({ port, ended }) => {
        const words = ["wine", file, "127.0.0.1", `${port}`] as const;
        assert.equal(await wine.run(words, input), { exitCode: 0, stdout, stderr: "" });
        await ended();
      });
    }
  },
);

underWine(
  "wincat",
  "tells the reader of stdout that the other side has ended, and writes on",
  async (wine, file) => {
    let late = "";
    const talk = async (socket: Socket): Promise<void> => {
      socket.end("early");
      late = text(await received(socket));
    };
    await withPeer("127.0.0.1", talk, async ({ port, ended }) => {
      const plug = await install(wine, "plug");
      const plugged = await wine.run(["wine", plug, file, "127.0.0.1", `${port}`]);
      assert.equal(plugged, { exitCode: 0, stdout: "early|0", stderr: "" });
      await ended();
      assert.is(late, "late");
    });
  },
);

underWine("wincat", "passes on what comes as it comes", async (wine, file) => {
  const echo = async (socket: Socket): Promise<void> => {
    socket.pipe(socket);
    await once(socket, "close");
  };
  await withPeer("127.0.0.1", echo, async ({ port, ended }) => {
    const child = spawn("wine", [file, "127.0.0.1", `${port}`], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, ...wine.env },
      timeout: PATIENCE,
    });
    for (let line = 0; line < 20; line++) {
      child.stdin.write(`line ${line}\n`);
      const [back] = await once(child.stdout, "data") as [Uint8Array];
      assert.is(text(back), `line ${line}\n`);
    }
    child.stdin.end();
    assert.equal(await once(child, "exit"), [0, null]);
    await ended();
  });
});

const HOSTS: readonly (readonly [host: string, on: "127.0.0.1" | "::1"])[] = [
  ["127.0.0.1", "127.0.0.1"],
  ["::1", "::1"],
  ["[::1]", "::1"],
  ["localhost", "127.0.0.1"],
];

underWine("wincat", "connects by IPv4, IPv6 and name", async (wine, file) => {
  for (const [host, on] of HOSTS) {
    await withPeer(on, answer, async ({ port }) => {
      const ended = await wine.run(["wine", file, host, `${port}`], host);
      assert.equal(ended, { exitCode: 0, stdout: `you said ${host}`, stderr: "" });
    });
  }
});

underWine("wincat", "tries every address of a name", async (wine, file) => {
  const hosts = join(wine.folder, "hosts");
  await writeFile(hosts, "::1 twofold\n127.0.0.1 twofold\n");
  const script = 'mount --bind "$0" /etc/hosts && exec "$@"';
  for (const on of ["127.0.0.1", "::1"] as const) {
    await withPeer(on, answer, async ({ port }) => {
      const inside: Command = ["unshare", "--mount", "sh", "-c", script, hosts];
      const words = [...inside, "wine", file, "twofold", `${port}`] as const;
      assert.is((await wine.run([...words], on)).stdout, `you said ${on}`);
    });
  }
});

underWine(
  "wincat",
  "ends with 4 when nobody listens, and says what Windows calls it",
  async (wine, file) => {
    const { exitCode, stdout, stderr } = await wine.run([
      ...["wine", file, "127.0.0.1", `${await freePort()}`] as const,
    ]);
    assert.equal([exitCode, stdout], [4, ""]);
    assert.match(stderr, /^Cannot connect to 127\.0\.0\.1: error 10061(, [^\r\n]+)?\r\n$/);
  },
);

underWine("wincat", "ends with 3 when there is no such host", async (wine, file) => {
  for (const host of ["nonesuch.invalid", "1.2.3.4.5", "ü.invalid", "a".repeat(255)]) {
    const { exitCode, stdout, stderr } = await wine.run(["wine", file, host, "80"]);
    assert.equal([exitCode, stdout], [3, ""], host);
    assert.ok(stderr.startsWith(`Cannot find ${host}: error `), stderr);
    assert.match(stderr, /: error 110\d\d(, [^\r\n]+)?\r\n$/);
  }
});

/** Words that are not a host and a port. */
const WRONG_WORDS: readonly (readonly string[])[] = [
  [],
  ["127.0.0.1"],
  ["127.0.0.1", "80", "more"],
  ["127.0.0.1", "80", ""],
  ["", "80"],
  ["127.0.0.1", ""],
  ...["0", "65536", "100000", "http", "80x", "-1", "+80", " 80", "80 "].map((
    port,
  ) => ["::1", port]),
  ["a".repeat(256), "80"],
];

underWine("wincat", "ends with 2 and its usage for other words", async (wine, file) => {
  for (const words of WRONG_WORDS) {
    const ended = await wine.run(["wine", file, ...words]);
    const stderr = "Usage: wincat HOST PORT\r\n";
    assert.equal(ended, { exitCode: 2, stdout: "", stderr }, words.join(" "));
  }
});

underWine("wincat", "ends with 1 when the other side breaks off", async (wine, file) => {
  const breakOff = async (socket: Socket): Promise<void> => {
    socket.write("so far");
    // What has come and is not read makes the end of the connection an abrupt one.
    await once(socket, "readable");
    socket.destroy();
  };
  await withPeer("127.0.0.1", breakOff, async ({ port }) => {
    const command = redirected("</dev/zero", "wine", file, "127.0.0.1", `${port}`);
    const { exitCode, stderr } = await wine.run(command);
    assert.is(exitCode, 1);
    assert.match(stderr, /^Cannot (read from|write to) the connection: error 100\d\d/);
  });
});

underWine("wincat", "ends with 1 when stdout takes nothing", async (wine, file) => {
  await withPeer("127.0.0.1", answer, async ({ port }) => {
    const words = ["wine", file, "127.0.0.1", `${port}`] as const;
    const { exitCode, stderr } = await wine.run(redirected(">/dev/full", ...words), "hello");
    assert.is(exitCode, 1);
    assert.match(stderr, /^Cannot write to stdout: error \d+/);
  });
});

underWine(
  "wincat",
  "reads to the end, and ends with 1, when stdin cannot be read",
  async (wine, file) => {
    await withPeer("127.0.0.1", answer, async ({ port }) => {
      const command = redirected("</", "wine", file, "127.0.0.1", `${port}`);
      const { exitCode, stdout, stderr } = await wine.run(command);
      assert.equal([exitCode, stdout], [1, "you said "]);
      assert.match(stderr, /^Cannot read stdin: error \d+/);
    });
  },
);

test.run();
