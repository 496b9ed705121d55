import type { Engine } from "./engine.ts";
import { LABELS } from "./words.ts";

/** A pod as the engine has it. */
export interface RunningPod {
  readonly name: string;
  /** Undefined when it has gone while its containers stayed. */
  readonly infra?: RunningContainer & {
    /** The digest of what the pod was made from. */
    readonly source: string;
  };
  /** The pod's address; empty when it has none. */
  readonly address: string;
  /** The machine's ports and where they lead, such as `127.0.0.1:8080->80/tcp`. */
  readonly ports: readonly string[];
  /** In the order of their names. */
  readonly containers: readonly RunningContainer[];
}

/** A container as the engine has it. */
export interface RunningContainer {
  /** In the pod; the pause container has its own name. */
  readonly name: string;
  readonly id: string;
  readonly image: string;
  /** The engine's word: `running`, `exited`, `created`, … */
  readonly status: string;
  /** Its first process, as this machine counts; 0 when it does not run. */
  readonly pid: number;
}

/** What both engines say of a container. */
interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly State: { readonly Status: string; readonly Pid: number };
  readonly Config: { readonly Image: string; readonly Labels: Readonly<Record<string, string>> };
  readonly NetworkSettings: {
    readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string }>> | null;
    readonly Ports?:
      | Readonly<Record<string, readonly { HostIp: string; HostPort: string }[] | null>>
      | null;
  };
}

const GONE = /no such (container|object)/i;

/**
 * The pods that there are, in the order of their names.
 * @param only those with a label of {@link LABELS} that has this value. @default all
 * @throws PauseError `toolchain` when the engine does not answer
 */
export async function listPods(
  engine: Engine,
  only: { readonly [Label in "pod" | "run"]?: string } = {},
): Promise<readonly RunningPod[]> {
  const [label = LABELS.pod] = Object.entries(only)
    .map(([label, value]) => `${LABELS[label as keyof typeof only]}=${value}`);
  const ids = await engine.must(
    "list the pods",
    ["ps", "--all", "--quiet", "--no-trunc", "--filter", `label=${label}`],
  );
  if (ids === "") return [];
  const words = ["inspect", "--type", "container", ...ids.split("\n")];
  // One that has gone since is left out, by both.
  const found = await engine.must("look at the pods", words, { unless: GONE });
  const all = (JSON.parse(found || "[]") as readonly Inspected[]).filter(({ Config }) =>
    // podman takes an empty value for any.
    Object.entries(only).every(([label, value]) =>
      Config.Labels[LABELS[label as keyof typeof only]] === value
    )
  );
  const names = [...new Set(all.map(({ Config }) => Config.Labels[LABELS.pod] ?? ""))].sort();
  return names.map((name) =>
    podOf(name, all.filter(({ Config }) => Config.Labels[LABELS.pod] === name))
  );
}

function podOf(name: string, all: readonly Inspected[]): RunningPod {
  const isInfra = ({ Config }: Inspected): boolean => LABELS.source in Config.Labels;
  const infra = all.find(isInfra);
  const { Networks, Ports } = infra?.NetworkSettings ?? {};
  return {
    name,
    ...(infra && {
      infra: { ...containerOf(infra), source: infra.Config.Labels[LABELS.source] ?? "" },
    }),
    address: Object.values(Networks ?? {})[0]?.IPAddress ?? "",
    ports: Object.entries(Ports ?? {}).flatMap(([inside, outside]) =>
      (outside ?? []).map(({ HostIp, HostPort }) => `${HostIp || "0.0.0.0"}:${HostPort}->${inside}`)
    ),
    containers: all.filter((one) => !isInfra(one)).map(containerOf)
      .sort((one, other) => one.name < other.name ? -1 : 1),
  };
}

function containerOf({ Id, Name, State, Config }: Inspected): RunningContainer {
  return {
    name: Config.Labels[LABELS.container] ?? Name.replace(/^\//, ""),
    id: Id,
    image: Config.Image,
    status: State.Status,
    pid: State.Pid,
  };
}
