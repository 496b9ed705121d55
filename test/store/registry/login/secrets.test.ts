import { Buffer } from "node:buffer";
import { inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OCI } from "../../../../build/oci/media-types.ts";
import type { Credential } from "../../../../build/store/registry/login/credentials.ts";
import { failsWith } from "../../../support/fails.ts";
import { type TestRegistry, withRegistry } from "../../../support/registry.ts";
import { type Answered, type Asked, failure } from "../../../support/registry/answer.ts";
import type { GateOptions } from "../../../support/registry/gate.ts";
import { openStore } from "../open.ts";

const PASSWORD = `p4ss"wörd&=+/ %`;
const USER = { username: "me", password: PASSWORD };
const IDENTITY = "identity/token+1";
const OWN = "registry-token-1";

/** Each login, and what of it must not be seen, in any of the forms in which it travels. */
const LOGINS: readonly [credential: Credential, secrets: readonly string[]][] = [
  [USER, [PASSWORD, base64(`me:${PASSWORD}`), base64(PASSWORD), encodeURIComponent(PASSWORD)]],
  [{ identityToken: IDENTITY }, [IDENTITY, base64(`:${IDENTITY}`), base64(IDENTITY)]],
  [{ registryToken: OWN }, [OWN, base64(OWN)]],
];

const GATE: GateOptions = { scheme: "bearer", ...USER, identityToken: IDENTITY };

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

/** Everything that an error shows, causes and hidden fields included. */
function shown(error: unknown): string {
  return inspect(error, { depth: Infinity, showHidden: true, getters: true });
}

/** A body that says back whatever was sent. */
function echo(asked: readonly Asked[]): string {
  const last = asked.at(-1);
  const body = new TextDecoder().decode(last?.body);
  const form = [...new URLSearchParams(body)].map(([name, value]) => `${name} is ${value}`);
  return `${last?.headers.authorization} ${body} ${decodeURIComponent(body)} ${form.join(", ")}`;
}

async function failureWith(
  credential: Credential,
  gate: GateOptions,
  order: (registry: TestRegistry) => void,
): Promise<string> {
  return await withRegistry({ auth: gate }, async (registry) => {
    order(registry);
    const credentials = () => Promise.resolve({ credential, from: "config.json" });
    const store = openStore(registry, { credentials });
    return shown(
      await failsWith(["authentication", "registry"], async () => {
        await store.resolve("3.10");
        await store.getManifest("3.10");
      }),
    );
  });
}

test("a token server that says back what it was sent gets nothing of it into an error", async () => {
  for (const [credential, secrets] of LOGINS) {
    const asked: Asked[] = [];
    const gate = { ...GATE, onAsked: (one: Asked) => asked.push(one) };
    const text = await failureWith(credential, gate, (registry) => {
      const alter = () => failure(403, "DENIED", echo(asked));
      registry.fault({ route: "token", times: 9, fault: { alter } });
    });
    for (const secret of secrets) assert.not.match(text, secret);
  }
});

test("a registry that says back what it was sent gets nothing of it into an error", async () => {
  for (const scheme of ["basic", "bearer"] as const) {
    for (const [credential, secrets] of LOGINS) {
      const tokens: string[] = [];
      const answer = (token: string): Record<string, string> => {
        tokens.push(token);
        return { token };
      };
      const text = await failureWith(credential, { ...GATE, scheme, answer }, (registry) => {
        const said = (): string =>
          [...secrets, registry.log.at(-1)?.headers.authorization].join(" ");
        const alter = () => failure(403, "DENIED", said());
        registry.fault({ route: "manifest", method: "GET", times: 9, fault: { alter } });
      });
      if (scheme === "bearer" || "password" in credential) assert.match(text, /DENIED|401/);
      for (const secret of [...secrets, ...tokens]) {
        // A login that was not sent is not known to the one who says it back.
        if (scheme === "basic" && !("password" in credential)) continue;
        assert.not.match(text, secret);
      }
    }
  }
});

test("a token server that cannot be reached leaves nothing of the login in the error", async () => {
  for (const [credential, secrets] of LOGINS) {
    for (const reset of ["before", "after"] as const) {
      const text = await failureWith(credential, GATE, (registry) => {
        registry.fault({ route: "token", times: 99, fault: { reset } });
      });
      for (const secret of secrets) assert.not.match(text, secret);
    }
  }
});

test("the error for a login that is refused says where it is from, and what to do", async () => {
  const credential = { username: "me", password: "wrong-one" };
  const text = await failureWith(credential, GATE, () => {});
  assert.match(text, /The login from config\.json is wrong or has expired: "docker login /);
  assert.not.match(text, "wrong-one");
});

/** Answers of a registry that says back `words` where they get into errors. */
function parrots(words: string): readonly Answered[] {
  const encode = (value: unknown): Uint8Array =>
    new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
  const index = { schemaVersion: 2, mediaType: OCI.index, manifests: [] };
  const path = encodeURIComponent(words);
  const typed = { "content-type": OCI.index };
  return [
    { status: 200, headers: typed, body: encode({ ...index, mediaType: words }) },
    { status: 200, headers: { "content-type": words }, body: encode("no JSON") },
    { status: 200, headers: typed, body: encode({ ...index, annotations: { [words]: 5 } }) },
    { status: 401, headers: { "www-authenticate": `Bearer realm="http://auth.example/${path}"` } },
    { status: 401, headers: { "www-authenticate": `Bearer realm="https://127.0.0.1:1/${path}"` } },
    { status: 401, headers: { "www-authenticate": words } },
  ];
}

test("a registry that says a password back as a type, a name, a realm or a scheme gets nothing of it into an error", async () => {
  const user = { username: "me", password: "p4ssword" };
  for (const answer of parrots(user.password)) {
    await withRegistry({ auth: { scheme: "basic", ...user } }, async (registry) => {
      const credentials = () => Promise.resolve({ credential: user });
      const store = openStore(registry, { credentials });
      await store.resolve("3.10");
      registry.fault({ route: "manifest", method: "GET", times: 9, fault: answer });
      const codes = ["authentication", "registry", "verification"] as const;
      const text = shown(await failsWith(codes, () => store.getManifest("3.10")));
      assert.not.match(text, user.password);
    });
  }
});

test("lists that say a password back get nothing of it into an error", async () => {
  const user = { username: "me", password: "p4ssword" };
  await withRegistry({ auth: { scheme: "basic", ...user } }, async (registry) => {
    const store = openStore(registry, {
      credentials: () => Promise.resolve({ credential: user }),
    });
    await store.resolve("3.10");
    const body = new TextEncoder().encode(user.password);
    registry.fault({ route: "tags", fault: { status: 200, body } });
    const text = shown(
      await failsWith(["registry"], () => store.tags()[Symbol.asyncIterator]().next()),
    );
    assert.not.match(text, user.password);
  });
});

test("words of a registry that steer terminals do not get into an error", async () => {
  await withRegistry({}, async (registry) => {
    const body = new TextEncoder().encode(JSON.stringify({ mediaType: "a\u001b[2Jb\nc" }));
    registry.fault({ route: "manifest", method: "GET", fault: { status: 200, body } });
    const store = openStore(registry);
    const { message } = await failsWith(["registry"], () => store.getManifest("3.10"));
    assert.match(message, "the registry sent a [2Jb c where a manifest was asked for");
  });
});

test.run();
