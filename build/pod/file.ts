import { type Fault, faultError, type Path } from "../yaml/faults.ts";
import { readYaml, type YamlFile } from "../yaml/yaml.ts";
import { expand } from "./expand.ts";
import { POD_SHAPE } from "./manifest.ts";
import { faultsOf } from "./shape.ts";

/** A pod that a file describes. */
export interface Pod {
  readonly name: string;
  /** Whether the containers share one PID namespace, the pause container's. */
  readonly shareProcessNamespace: boolean;
  readonly restartPolicy: keyof typeof RESTARTS;
  readonly hostAliases: readonly HostAlias[];
  /** One at least. */
  readonly containers: readonly Container[];
}

/** Names of an address, beyond what the resolver knows. */
export interface HostAlias {
  readonly ip: string;
  readonly hostnames: readonly string[];
}

/** One container of a pod. */
export interface Container {
  readonly name: string;
  readonly image: string;
  /** In place of the image's entry point. */
  readonly command?: readonly string[];
  /** In place of the image's own words. */
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly workingDir?: string;
  readonly ports: readonly Port[];
}

/** A port of the pod. */
export interface Port {
  readonly containerPort: number;
  /** The machine's port that leads there. @default none does */
  readonly hostPort?: number;
  /** The machine's address that it is on. @default all of them */
  readonly hostIP?: string;
  readonly protocol: "TCP" | "UDP" | "SCTP";
}

/** Kubernetes' restart policies, in the engines' words. */
export const RESTARTS = { Always: "always", OnFailure: "on-failure", Never: "no" } as const;

type Optional<Value, Keys extends keyof Value> = Omit<Value, Keys> & Partial<Pick<Value, Keys>>;

/** A manifest that has the shape of one. */
interface Manifest {
  readonly metadata: { readonly name: string };
  readonly spec:
    & Partial<Pick<Pod, "shareProcessNamespace" | "restartPolicy" | "hostAliases">>
    & { readonly containers: readonly FileContainer[] };
}

type FileContainer = Optional<Omit<Container, "ports" | "env">, "args"> & {
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly ports?: readonly Optional<Port, "protocol">[];
};

/**
 * Reads a pod's manifest, and refuses it with all that is wrong or not done here.
 *
 * @param bytes UTF-8, YAML 1.2 or JSON
 * @param name how messages name the file
 * @throws PauseError `usage`, with line, column and path of each fault
 * @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
 */
export function readPodFile(bytes: Uint8Array, name: string): Pod {
  const yaml = readYaml(bytes);
  const faults = yaml.faults.length > 0 ? yaml.faults : faultsOf(yaml, POD_SHAPE);
  if (faults.length > 0) throw faultError("the pod's manifest", name, faults);
  const pod = podOf(yaml.value as Manifest);
  const more = [...repetitions(yaml, pod), ...namelessPrograms(yaml, pod)];
  if (more.length > 0) throw faultError("the pod's manifest", name, more);
  return pod;
}

function podOf({ metadata, spec }: Manifest): Pod {
  const { shareProcessNamespace = false, restartPolicy = "Always", hostAliases = [] } = spec;
  const containers = spec.containers.map(containerOf);
  return { name: metadata.name, shareProcessNamespace, restartPolicy, hostAliases, containers };
}

function containerOf(file: FileContainer): Container {
  const { name, image, command, args = [], workingDir, ports = [] } = file;
  const variables = new Map<string, string>();
  for (const { name, value = "" } of file.env ?? []) variables.set(name, expand(value, variables));
  const expanded = (words: readonly string[]): string[] =>
    words.map((word) => expand(word, variables));
  return {
    name,
    image,
    ...(command && command.length > 0 && { command: expanded(command) }),
    args: expanded(args),
    env: [...variables].map(([name, value]) => ({ name, value })),
    ...(workingDir !== undefined && { workingDir }),
    ports: ports.map(({ protocol = "TCP", containerPort, hostPort, hostIP }) => ({
      containerPort,
      protocol,
      ...(hostPort !== undefined && { hostPort }),
      ...(hostIP !== undefined && { hostIP }),
    })),
  };
}

/** An engine takes an empty program for none, and would start the image's. */
function namelessPrograms(yaml: YamlFile, { containers }: Pod): Fault[] {
  return containers.flatMap(({ command }, at) => {
    const path = ["spec", "containers", at, "command", 0];
    const message = "It names no program. Write one, or leave command out to start the image's.";
    return command?.[0] === "" ? [{ path, place: yaml.placeOf(path), message }] : [];
  });
}

/** What may be there once: the name of a container, and a port of the machine. */
function repetitions(yaml: YamlFile, { containers }: Pod): Fault[] {
  const seen = new Set<string>();
  const once = (what: string, key: string, path: Path): Fault[] => {
    if (seen.size < seen.add(`${what} ${key}`).size) return [];
    return [{ path, place: yaml.placeOf(path), message: `There is a ${what} ${key} already.` }];
  };
  return containers.flatMap(({ name, ports }, at) => {
    const path = ["spec", "containers", at];
    return [
      ...once("container", name, [...path, "name"]),
      ...ports.flatMap(({ hostPort, hostIP = "", protocol }, port) =>
        hostPort === undefined ? [] : once(
          "hostPort",
          `${hostIP && `${hostIP}:`}${hostPort}/${protocol}`,
          [...path, "ports", port, "hostPort"],
        )
      ),
    ];
  });
}
