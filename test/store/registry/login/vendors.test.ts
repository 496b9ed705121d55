/** What registries are known to do. The address above each test is where it is written down. */
import { Buffer } from "node:buffer";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Credential } from "../../../../build/store/registry/login/credentials.ts";
import { registryStore } from "../../../../build/store/registry/registry.ts";
import { type TestRegistry, withRegistry } from "../../../support/registry.ts";
import type { Asked } from "../../../support/registry/answer.ts";
import type { GateOptions } from "../../../support/registry/gate.ts";
import { sampleImage } from "../../../support/images.ts";
import { putImage } from "../../put.ts";
import { IMPATIENT, known, openStore, REPOSITORY } from "../open.ts";
import { printing, withHelpers } from "./helped.ts";

const IMAGE = sampleImage(1);

/** Publishes an image with the login of a config.json or a helper. */
async function publish(
  gate: GateOptions,
  configOf: (host: string) => unknown,
  scripts: Readonly<Record<string, string>> = {},
  look: (registry: TestRegistry) => void = () => {},
): Promise<void> {
  await withRegistry(
    { auth: gate },
    (registry) =>
      withHelpers(configOf(registry.host), scripts, async (credentials) => {
        await putImage(openStore(registry, { credentials }), IMAGE, ["3.10"]);
        look(registry);
      }),
  );
}

function auth(username: string, password: string): { auth: string } {
  return { auth: Buffer.from(`${username}:${password}`, "utf8").toString("base64") };
}

/** The user's entry under the host. */
function underHost(username: string, password: string): (host: string) => unknown {
  return (host) => ({ auths: { [host]: auth(username, password) } });
}

// https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
// https://github.com/awslabs/amazon-ecr-credential-helper
test("ECR takes the user AWS with a password of kilobytes, by Basic, from docker login or ecr-login", async () => {
  const password = Buffer.from(JSON.stringify({ payload: "x".repeat(2000), expiration: 1 }))
    .toString("base64");
  const challenge = (): string =>
    `Basic realm="https://000000000000.dkr.ecr.us-east-1.amazonaws.com/",service="ecr.amazonaws.com"`;
  const gate = { scheme: "basic", username: "AWS", password, challenge } as const;
  await publish(gate, underHost("AWS", password));
  await publish(gate, (host) => ({ credHelpers: { [host]: "ecr-login" } }), {
    "ecr-login": printing("AWS", password),
  });
});

// https://cloud.google.com/artifact-registry/docs/docker/authentication
// https://cloud.google.com/container-registry/docs/advanced-authentication
test("Artifact Registry takes _json_key with a whole JSON file, and oauth2accesstoken from gcloud", async () => {
  const key = JSON.stringify({ type: "service_account", private_key: "-----\nAB+/=\n" }, null, 2);
  await publish(
    { scheme: "bearer", username: "_json_key", password: key },
    underHost("_json_key", key),
  );
  const token = "ya29.a0Af_token-of-an-hour";
  await publish(
    { scheme: "bearer", username: "oauth2accesstoken", password: token },
    (host) => ({ credHelpers: { [host]: "gcloud" } }),
    { gcloud: printing("oauth2accesstoken", token) },
  );
});

const NULL_GUID = "00000000-0000-0000-0000-000000000000";

// https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md
test("ACR takes the identity token of docker login by POST to /oauth2/token, and answers with access_token", async () => {
  const asked: Asked[] = [];
  const gate: GateOptions = {
    scheme: "bearer",
    username: NULL_GUID,
    password: "eyJ.refresh.L7a",
    identityToken: "eyJ.refresh.L7a",
    realm: "/oauth2/token",
    answer: (token) => ({ access_token: token }),
    onAsked: (one) => asked.push(one),
  };
  const entry = { ...auth(NULL_GUID, ""), identitytoken: "eyJ.refresh.L7a" };
  await publish(gate, (host) => ({ auths: { [host]: entry } }));
  assert.equal(asked.map(({ method, path }) => `${method} ${path}`), ["POST /oauth2/token"]);
  const form = new URLSearchParams(new TextDecoder().decode(asked[0]?.body));
  assert.is(form.get("grant_type"), "refresh_token");
});

// https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md#authenticating-docker-with-an-acr-refresh-token
test("ACR takes the same token as the password of the null GUID, as podman login keeps it", async () => {
  const gate = { scheme: "bearer", username: NULL_GUID, password: "eyJ.refresh.L7a" } as const;
  await publish(gate, underHost(NULL_GUID, "eyJ.refresh.L7a"));
});

// https://docs.github.com/packages/working-with-a-github-packages-registry/working-with-the-container-registry
// https://github.com/orgs/community/discussions/204710
test("GHCR wants a token for public images, too, and gives it to everyone; a PAT goes as a password", async () => {
  const pat = "ghp_0123456789abcdef";
  const gate = { scheme: "bearer", username: "me", password: pat, publicPull: true } as const;
  await publish(gate, underHost("me", pat));
  await withRegistry({ auth: gate }, async (registry) => {
    const store = openStore(registry, { access: "pull" });
    assert.is(await store.resolve("3.10"), undefined);
    assert.equal(registry.log.map(({ status }) => status), [401, 200, 404]);
    const query = new URLSearchParams(registry.logged("GET token")[0]?.query);
    assert.is(query.get("scope"), `repository:${REPOSITORY}:pull`);
  });
});

// https://docs.quay.io/glossary/robot-accounts.html, https://org.ngc.nvidia.com/setup/api-keys
test("users of Quay and NGC that look like words of a shell or a form arrive as they are", async () => {
  for (const username of ["mycompany+deploy", "$token", "$oauthtoken", "robot$a b&c=d%20"]) {
    for (const scheme of ["basic", "bearer"] as const) {
      await publish({ scheme, username, password: "x" }, underHost(username, "x"));
    }
  }
});

// https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
test("Quay's robots are filed under namespaces, each with its own rights", async () => {
  await publish({ scheme: "bearer", username: "k8s+deploy", password: "x" }, (host) => ({
    auths: { [host]: auth("other+robot", "y"), [`${host}/k8s`]: auth("k8s+deploy", "x") },
  }));
});

// https://goharbor.io/docs/2.7.0/administration/robot-accounts/
// https://github.com/goharbor/harbor/issues/22420
test("Harbor's robot keeps its dollar sign on the way to /service/token", async () => {
  const gate = {
    scheme: "bearer",
    username: "robot$k8s+ci",
    password: "s3cret",
    realm: "/service/token",
  } as const;
  await publish(gate, underHost("robot$k8s+ci", "s3cret"), {}, (registry) => {
    const sent = String(registry.logged("GET token")[0]?.headers.authorization).split(" ")[1];
    assert.is(Buffer.from(sent ?? "", "base64").toString(), "robot$k8s+ci:s3cret");
    assert.is(registry.logged("GET token")[0]?.path, "/service/token");
  });
});

// https://docs.docker.com/reference/api/registry/auth/
test("Docker Hub's token server is another host than its registry, and gets the login alone", async () => {
  const gate = { scheme: "bearer", username: "me", password: "dckr_pat_x" } as const;
  await publish(gate, underHost("me", "dckr_pat_x"), {}, (registry) => {
    assert.not.match(registry.elsewhere, registry.host);
    for (const { route, authorization } of registry.log) {
      if (authorization === "basic") assert.is(route, "token");
    }
    const query = new URLSearchParams(registry.logged("GET token")[0]?.query);
    // A login that lasts is for docker login to ask for, not for one who pushes.
    assert.is(query.get("offline_token"), null);
  });
});

// https://gitlab.com/gitlab-org/gitlab-foss/-/issues/26265
test("GitLab's token server is /jwt/auth on another port, or on the registry's own when it says no host", async () => {
  const gate = {
    scheme: "bearer",
    username: "gitlab-ci-token",
    password: "glcbt-64_x",
    realm: "/jwt/auth",
  } as const;
  await publish(gate, underHost("gitlab-ci-token", "glcbt-64_x"));
  const challenge = (usual: string): string => usual.replace(/"http:[^"]*"/, '"/jwt/auth"');
  await publish({ ...gate, challenge }, underHost("gitlab-ci-token", "glcbt-64_x"));
});

// https://github.com/containerd/containerd/blob/main/core/remotes/docker/authorizer.go
test("GCR and Artifactory, which know no POST, get an identity token by GET", async () => {
  for (const status of [404, 401]) {
    const gate = {
      scheme: "bearer",
      username: "me",
      password: "ident",
      unknownMethods: { POST: status },
    } as const;
    const entry = { ...auth("me", ""), identitytoken: "ident" };
    await publish(gate, (host) => ({ auths: { [host]: entry } }));
  }
});

// https://github.com/google/go-containerregistry/pull/1075
test("Nexus behind a proxy asks in several headers, of which Basic is the one that is known", async () => {
  const answered = await withAsker(["Negotiate", `Basic realm="Sonatype Nexus"`], {
    username: "me",
    password: "x",
  });
  assert.is(answered, "Basic bWU6eA==");
});

// https://github.com/devcontainers/cli/pull/945
test("IBM's registry answers 403 to a token that is good for less, and gives the scope that is missing", async () => {
  const gate: GateOptions = {
    scheme: "bearer",
    username: "iamapikey",
    password: "x",
    insufficient: 403,
  };
  await withRegistry({ auth: gate }, async (registry) => {
    const login = known({ username: "iamapikey", password: "x" });
    const options = { access: "pull", credentials: login, retry: IMPATIENT } as const;
    const from = registryStore({ host: registry.host, repository: REPOSITORY }, options);
    assert.is(await from.resolve("3.10"), undefined);
    // The right to read is all that it has asked for so far.
    await putImage(from, IMAGE, ["3.10"]);
    assert.is((await from.resolve("3.10"))?.digest, IMAGE.manifest.descriptor.digest);
  });
});

/** What is sent to a registry that asks in several headers of the same name. */
async function withAsker(asks: string[], credential: Credential): Promise<string | undefined> {
  let sent: string | undefined;
  const server = createServer((request, response) => {
    sent = request.headers.authorization;
    if (sent !== undefined) return void response.writeHead(404).end();
    response.writeHead(401, { "www-authenticate": asks }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const store = openStore({ host: `127.0.0.1:${port}` }, { credentials: known(credential) });
    assert.is(await store.resolve("3.10"), undefined);
    return sent;
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test.run();
