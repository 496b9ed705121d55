import { Buffer } from "node:buffer";
import { inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Credential } from "../../../../build/store/registry/login/credentials.ts";
import { failsWith } from "../../../support/fails.ts";
import { type TestRegistry, withRegistry } from "../../../support/registry.ts";
import { type Asked, failure } from "../../../support/registry/answer.ts";
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

test.run();
