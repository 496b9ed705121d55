import { type Container, type Pod, type Port, RESTARTS } from "./file.ts";

/** The labels by which what is ours is found again. */
export const LABELS = {
  /** The name of the pod. */
  pod: "io.pause-image.pod",
  /** The name of a container in it; the pause container has none. */
  container: "io.pause-image.container",
  /** The run of `up` that made it: what failed takes down its own, and not another run's. */
  run: "io.pause-image.run",
  /** The digest of what the pod was made from, on the pause container. */
  source: "io.pause-image.source",
} as const;

/** The pause container's name. `_` is in no name of Kubernetes', so none is like another. */
export function infraName(pod: string): string {
  return `pod_${pod}`;
}

/** The words that start the pause container. It alone has a network: ports and names are its. */
export function infraWords(pod: Pod, image: string, source: string, run: string): string[] {
  const { name, containers, hostAliases } = pod;
  return [
    ...begin(infraName(name), pod, { [LABELS.run]: run, [LABELS.source]: source }),
    ...["--hostname", name, "--ipc=shareable"],
    ...hostAliases.flatMap(({ ip, hostnames }) =>
      hostnames.flatMap((host) => ["--add-host", `${host}:${ip}`])
    ),
    ...containers.flatMap(({ ports }) => ports).flatMap(publish),
    image,
  ];
}

/** The words that start a container in the namespaces of the pause container. */
export function containerWords(pod: Pod, container: Container, run: string): string[] {
  const { name, image, command = [], args, env, workingDir } = container;
  const [entry, ...rest] = command;
  const infra = `container:${infraName(pod.name)}`;
  return [
    ...begin(`${infraName(pod.name)}_${name}`, pod, {
      [LABELS.run]: run,
      [LABELS.container]: name,
    }),
    ...["--network", infra, "--ipc", infra],
    ...(pod.shareProcessNamespace ? ["--pid", infra] : []),
    ...env.flatMap(({ name, value }) => ["--env", `${name}=${value}`]),
    ...(workingDir === undefined ? [] : ["--workdir", workingDir]),
    ...(entry === undefined ? [] : ["--entrypoint", entry]),
    image,
    ...rest,
    ...args,
  ];
}

function begin(
  container: string,
  { name, restartPolicy }: Pod,
  labels: Readonly<Record<string, string>>,
): string[] {
  // Images are fetched before: nothing is begun that lacks one.
  return [
    ...["run", "--detach", "--pull", "never", "--name", container],
    ...["--restart", RESTARTS[restartPolicy]],
    ...Object.entries({ [LABELS.pod]: name, ...labels })
      .flatMap(([label, value]) => ["--label", `${label}=${value}`]),
  ];
}

function publish({ containerPort, hostPort, hostIP, protocol }: Port): string[] {
  if (hostPort === undefined) return [];
  const address = hostIP === undefined ? "" : `${hostIP.includes(":") ? `[${hostIP}]` : hostIP}:`;
  return ["--publish", `${address}${hostPort}:${containerPort}/${protocol.toLowerCase()}`];
}
