import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseRepository } from "../../../../build/oci/reference.ts";
import type { Found } from "../../../../build/store/registry/login/credentials.ts";
import { failsWith } from "../../../support/fails.ts";
import { withRegistry } from "../../../support/registry.ts";
import { openStore } from "../open.ts";
import { printing, withHelpers } from "./helped.ts";

const PAUSE = parseRepository("h.example:5000/k8s/pause");
const LOGIN = { username: "me", password: "hunter2" };

async function asked(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, "log"), "utf8").catch(() => "");
  return text.split("\n").slice(0, -1);
}

function found(
  config: unknown,
  scripts: Readonly<Record<string, string>>,
  repository: string,
): Promise<[Found, string[]]> {
  return withHelpers(
    config,
    scripts,
    async (source, folder) => [await source(parseRepository(repository)), await asked(folder)],
  );
}

test("a helper is asked for the host, on its standard input", async () => {
  const scripts = { x: printing("me", "hunter2") };
  for (const config of [{ credsStore: "x" }, { credHelpers: { "h.example:5000": "x" } }]) {
    const [{ credential, from }, log] = await found(config, scripts, "h.example:5000/k8s/pause");
    assert.equal(credential, LOGIN);
    assert.is(from, "docker-credential-x");
    assert.equal(log, ["get h.example:5000"]);
  }
});

test("a helper hears Docker Hub called by the name under which docker files it", async () => {
  const [{ credential }, log] = await found({ credsStore: "x" }, {
    x: printing("me", "hunter2"),
  }, "someone/app");
  assert.equal(credential, LOGIN);
  assert.equal(log, ["get https://index.docker.io/v1/"]);
});

test("the user <token> of a helper means that the secret is an identity token", async () => {
  const [{ credential }] = await found(
    { credsStore: "x" },
    { x: printing("<token>", "ident") },
    "h.example/a",
  );
  assert.equal(credential, { identityToken: "ident" });
});

test("only the helper of the registry in question is asked", async () => {
  const scripts = { a: printing("a", "1"), b: printing("b", "2"), store: printing("s", "3") };
  const config = {
    credsStore: "store",
    credHelpers: { "a.example": "a", "a.example/team": "b", "none.example": "" },
  };
  const of = async (repository: string): Promise<unknown> => {
    const [{ credential }, log] = await found(config, scripts, repository);
    return [credential && Object.values(credential)[0], log.length];
  };
  assert.equal(await of("a.example/x"), ["a", 1]);
  assert.equal(await of("a.example/team/x"), ["b", 1]);
  assert.equal(await of("c.example/x"), ["s", 1]);
  assert.equal(await of("none.example/x"), [undefined, 0]);
  const [{ note }] = await found(config, scripts, "none.example/x");
  assert.match(note ?? "", / has no login for none\.example\.$/);
});

test("the nearest entry wins, and of two for the same name the helper", async () => {
  const auth = (name: string): unknown => ({
    auth: Buffer.from(`${name}:x`).toString("base64"),
  });
  const scripts = { x: printing("helper", "1") };
  const who = async (config: unknown): Promise<unknown> => {
    const [{ credential }] = await found(config, scripts, "h.example/team/app");
    return credential && Object.values(credential)[0];
  };
  const credHelpers = { "h.example": "x" };
  assert.is(await who({ auths: { "h.example": auth("file") }, credHelpers }), "helper");
  assert.is(await who({ auths: { "h.example": auth("file") }, credsStore: "x" }), "helper");
  assert.is(await who({ auths: { "h.example/team": auth("file") }, credHelpers }), "file");
});

test("a helper without a login makes way for the entry beside it", async () => {
  const auths = { "h.example": { auth: Buffer.from("file:x").toString("base64") } };
  const scripts = { x: "echo credentials not found in native keychain; exit 1" };
  const [{ credential }] = await found({ auths, credsStore: "x" }, scripts, "h.example/a");
  assert.equal(credential, { username: "file", password: "x" });
});

test("a helper is asked once for a host, by however many", async () => {
  await withHelpers(
    { credsStore: "x" },
    { x: printing("me", "hunter2") },
    async (source, folder) => {
      await Promise.all(
        ["a", "b", "c"].map((name) => source(parseRepository(`h.example/${name}`))),
      );
      await source(parseRepository("h.example/d"));
      assert.equal(await asked(folder), ["get h.example"]);
      await source(parseRepository("o.example/d"));
      assert.equal(await asked(folder), ["get h.example", "get o.example"]);
    },
  );
});

/** Helpers that give no login, and how the note goes on after their name. */
const BROKEN: readonly [script: string, note: RegExp][] = [
  ["echo credentials not found in native keychain; exit 1", / has no login for h\.example:5000\.$/],
  ["printf 'credentials not found in native keychain'; exit 1", / has no login for h\.example/],
  ["echo hunter2; echo hunter2 >&2; exit 1", / failed with exit code 1\.$/],
  ["kill -9 $$", / failed with exit code 137\.$/],
  ["exit 0", / printed no login\.$/],
  ["echo hunter2", / printed no login\.$/],
  ["echo null", / printed no login\.$/],
  [`echo '{"Username":"me"}'`, / printed no login\.$/],
  [`echo '{"Username":"","Secret":"hunter2"}'`, / printed no login\.$/],
  [`echo '{"Username":"me","Secret":"hunter2"'`, / printed no login\.$/],
  [`echo '{"Username":"me","Secret":"hunter2"}'; exit 3`, / failed with exit code 3\.$/],
  ["yes hunter2", / printed far more than a login\.$/],
  ["trap '' TERM; sleep 30", / did not answer within 0\.3 s\.$/],
];

test("a helper that gives no login is a note, which shows nothing of what it printed", async () => {
  for (const [script, expected] of BROKEN) {
    await withHelpers({ credsStore: "x" }, { x: script }, async (source, folder) => {
      const { credential, note = "" } = await source(PAUSE);
      assert.is(credential, undefined, script);
      assert.match(note, `docker-credential-x, which ${join(folder, "config.json")} names, `);
      assert.match(note, expected);
      assert.not.match(note, "hunter2");
    }, { helperTimeout: script.includes("sleep") ? 300 : 20_000 });
  }
});

test("a helper that is not installed is a note", async () => {
  const [{ credential, note }] = await found({ credsStore: "gone" }, {}, "h.example/a");
  assert.is(credential, undefined);
  assert.match(
    note ?? "",
    /^docker-credential-gone, which .*config\.json names, is not installed\.$/,
  );
});

test("what cannot be the name of a helper is not run", async () => {
  for (const name of ["../x", "/bin/x", "x;touch y", "-x", ".", "", " x", "x y", "x\ny"]) {
    await withHelpers({ credsStore: name }, { x: printing("me", "no") }, async (source, folder) => {
      const { credential, note = "" } = await source(PAUSE);
      assert.is(credential, undefined);
      if (name !== "") assert.match(note, /names a credential helper that cannot be one\.$/);
      assert.equal(await asked(folder), []);
    });
  }
});

test("Ctrl-C ends a helper that waits", async () => {
  const stop = new AbortController();
  const start = performance.now();
  await withHelpers({ credsStore: "x" }, { x: "trap '' TERM; sleep 30" }, async (source) => {
    setTimeout(() => stop.abort(), 100);
    await failsWith(["interrupted"], () => source(PAUSE));
  }, { signal: stop.signal });
  assert.ok(performance.now() - start < 25_000);
});

test("a broken helper does not stop a read that needs no login, and is not even asked", async () => {
  await withRegistry({}, async (registry) => {
    const script = `echo asked >> "$LOG"; exit 1`;
    await withHelpers({ credsStore: "x" }, { x: script }, async (credentials, folder) => {
      const store = openStore(registry, { access: "pull", credentials });
      assert.is(await store.resolve("3.10"), undefined);
      assert.equal(await asked(folder), []);
    });
  });
});

test("a broken helper does not stop a read with an anonymous token", async () => {
  const auth = { scheme: "bearer", publicPull: true, ...LOGIN } as const;
  await withRegistry({ auth }, async (registry) => {
    await withHelpers({ credsStore: "x" }, { x: "exit 1" }, async (credentials) => {
      const store = openStore(registry, { access: "pull", credentials });
      assert.is(await store.resolve("3.10"), undefined);
      assert.is(registry.logged("GET token")[0]?.authorization, undefined);
    });
  });
});

test("when the registry insists, the error tells what is wrong with the helper, and what to do", async () => {
  const auth = { scheme: "basic", ...LOGIN } as const;
  await withRegistry({ auth }, async (registry) => {
    await withHelpers({ credsStore: "x" }, { x: "exit 1" }, async (credentials) => {
      const store = openStore(registry, { credentials });
      const { message } = await failsWith(["authentication"], () => store.resolve("3.10"));
      assert.match(
        message,
        /docker-credential-x, which .* names, failed with exit code 1\. Log in/,
      );
    });
  });
});

test.run();
