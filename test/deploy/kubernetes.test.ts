import { readdirSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { EXIT_CODES } from "../../build/error.ts";
import { readSyncFile } from "../../build/mirror/sync/file.ts";
import { readShard } from "../../build/mirror/sync/shard.ts";
import { parseReference } from "../../build/oci/reference.ts";
import { failsWith } from "../support/fails.ts";

const FOLDER = "deploy/kubernetes";

interface Container {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly securityContext: unknown;
  readonly resources: { readonly limits: { readonly memory: string } };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Volume {
  readonly name: string;
  readonly configMap?: { readonly name: string };
  readonly secret?: { readonly defaultMode: number };
}

interface PodSpec {
  readonly restartPolicy: string;
  readonly automountServiceAccountToken: boolean;
  readonly securityContext: unknown;
  readonly containers: readonly [Container, ...Container[]];
  readonly volumes: readonly Volume[];
}

interface JobSpec {
  readonly completionMode?: string;
  readonly completions?: number;
  readonly parallelism?: number;
  readonly backoffLimit?: number;
  readonly backoffLimitPerIndex?: number;
  readonly activeDeadlineSeconds: number;
  readonly podFailurePolicy: {
    readonly rules: readonly [{
      readonly action: string;
      readonly onExitCodes: { readonly containerName: string; readonly values: readonly number[] };
    }];
  };
  readonly template: { readonly spec: PodSpec };
}

interface Meta {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

const read = <Kind>(name: string): Kind => parse(readFileSync(`${FOLDER}/${name}`, "utf8"));

const CRON = read<
  { spec: { concurrencyPolicy: string; jobTemplate: { spec: JobSpec } } }
>("cronjob.yaml");
const INDEXED = read<{ metadata: Meta; spec: JobSpec }>("indexed-job.yaml");
const NAMESPACE = read<{ metadata: Meta }>("namespace.yaml");
const KUSTOMIZATION = read<{
  namespace: string;
  resources: readonly string[];
  configMapGenerator: readonly [{ name: string; files: readonly [string] }];
  images: readonly [{ name: string }];
}>("kustomization.yaml");

const JOBS = { "cronjob.yaml": CRON.spec.jobTemplate.spec, "indexed-job.yaml": INDEXED.spec };

/** The fields of Kubernetes that the manifests use: one that it does not know does nothing. */
const FIELDS = new Set(
  `
  apiVersion kind metadata name generateName namespace labels spec
  schedule concurrencyPolicy startingDeadlineSeconds successfulJobsHistoryLimit
  failedJobsHistoryLimit jobTemplate
  completionMode completions parallelism backoffLimit backoffLimitPerIndex maxFailedIndexes
  activeDeadlineSeconds ttlSecondsAfterFinished podFailurePolicy rules action onExitCodes
  containerName operator values template
  restartPolicy automountServiceAccountToken enableServiceLinks securityContext runAsNonRoot
  runAsUser runAsGroup fsGroup seccompProfile type containers volumes
  image command env value allowPrivilegeEscalation readOnlyRootFilesystem capabilities drop
  resources requests limits cpu memory volumeMounts mountPath readOnly
  configMap secret secretName optional defaultMode items key path emptyDir sizeLimit
`.trim().split(/\s+/),
);

function keysIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(keysIn);
  return Object.entries(value).flatMap(([key, item]) =>
    key === "labels" ? [key] : [key, ...keysIn(item)]
  );
}

test("the manifests have only fields that Kubernetes knows", () => {
  const unknown = ["cronjob.yaml", "indexed-job.yaml", "namespace.yaml"].flatMap((name) =>
    keysIn(read(name)).filter((key) => !FIELDS.has(key)).map((key) => `${name}: ${key}`)
  );
  assert.equal(unknown, []);
});

for (const [name, job] of Object.entries(JOBS)) {
  const pod = job.template.spec;
  const [container, ...others] = pod.containers;

  test(`${name} runs one container that may do nothing but what it is for`, () => {
    assert.equal(others, []);
    assert.is(pod.automountServiceAccountToken, false);
    assert.equal(pod.securityContext, {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      fsGroup: 65532,
      seccompProfile: { type: "RuntimeDefault" },
    });
    assert.equal(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    for (const key of ["hostNetwork", "hostPID", "hostIPC", "serviceAccountName"]) {
      assert.not.ok(key in pod, key);
    }
    assert.ok(container.resources.limits.memory);
  });

  test(`${name} has the image yet to be set, in a way that no registry takes`, async () => {
    assert.is(container.image, "SET-ME/pause-image:SET-ME");
    await failsWith(["usage"], () => parseReference(`example.com/${container.image}`));
    assert.is(KUSTOMIZATION.images[0].name, container.image.split(":")[0]);
  });

  test(`${name} mounts the sync file, and the login from a Secret that it only names`, () => {
    const [file] = container.command.slice(-1);
    const mounts = new Map(
      container.volumeMounts.map(({ name, mountPath }) => [name, mountPath] as const),
    );
    assert.is(file, `${mounts.get("file")}/${KUSTOMIZATION.configMapGenerator[0].files[0]}`);
    const volume = (wanted: string): Volume | undefined =>
      pod.volumes.find(({ name }) => name === wanted);
    assert.is(volume("file")?.configMap?.name, KUSTOMIZATION.configMapGenerator[0].name);
    assert.equal(Object.keys(volume("auth") ?? {}), ["name", "secret"]);
    assert.is(volume("auth")?.secret?.defaultMode, 0o440);
    const env = envOf(container);
    assert.is(env.REGISTRY_AUTH_FILE, `${mounts.get("auth")}/config.json`);
    assert.ok(mounts.has("tmp"));
  });

  test(`${name} gives up when the file is wrong, and tries again when a registry was`, () => {
    const [rule] = job.podFailurePolicy.rules;
    assert.is(rule.action, "FailJob");
    assert.equal(rule.onExitCodes.values, [EXIT_CODES.usage]);
    assert.is(rule.onExitCodes.containerName, container.name);
    // Kubernetes wants that of whoever has a podFailurePolicy.
    assert.is(pod.restartPolicy, "Never");
    assert.ok((job.backoffLimit ?? job.backoffLimitPerIndex ?? 0) > 0);
  });
}

function envOf({ env }: Container): Record<string, string> {
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
}

test("the pods of the Indexed Job together take every shard", () => {
  const { completions = 0, completionMode, parallelism = 0, template } = INDEXED.spec;
  assert.is(completionMode, "Indexed");
  assert.ok(parallelism <= completions);
  const env = envOf(template.spec.containers[0]);
  const shards = Array.from(
    { length: completions },
    (_, index) => readShard(undefined, { ...env, JOB_COMPLETION_INDEX: String(index) }),
  );
  assert.equal(
    shards,
    shards.map((_, index) => ({ index, count: completions })),
  );
});

test("two runs of the CronJob never overlap", () => {
  assert.is(CRON.spec.concurrencyPolicy, "Forbid");
  assert.ok(JOBS["cronjob.yaml"].activeDeadlineSeconds < 3600);
});

test("the sync file of the config map is one", () => {
  const file = readSyncFile(readFileSync(`${FOLDER}/pause-mirror.yaml`), "pause-mirror.yaml");
  assert.ok(file.sources.length > 1);
});

test("everything that kustomization.yaml names is there, in one namespace with the Job", () => {
  const there = readdirSync(FOLDER);
  const { resources, configMapGenerator, namespace } = KUSTOMIZATION;
  for (const name of [...resources, ...configMapGenerator[0].files]) {
    assert.ok(there.includes(name), name);
  }
  assert.is(NAMESPACE.metadata.name, namespace);
  assert.is(INDEXED.metadata.namespace, namespace);
  assert.is(
    NAMESPACE.metadata.labels?.["pod-security.kubernetes.io/enforce"],
    "restricted",
  );
});

test.run();
