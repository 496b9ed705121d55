import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where logins may be written down. */
export interface Place {
  /** How messages call it: the path, or the variable. */
  readonly name: string;
  /** The text itself. Missing: it is in a file of that name. */
  readonly text?: string;
  /** The variable that names the file, which had better be there then. */
  readonly namedBy?: string;
  /** What docker wrote before 1.7: entries without anything around them. */
  readonly legacy?: true;
}

/**
 * The places to look in, the first first. A file that the user names is the only one; DOCKER_CONFIG
 * takes the place of `~/.docker`.
 *
 * @see https://github.com/docker/cli/pull/6008 DOCKER_AUTH_CONFIG, before all files
 * @see https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md podman's files
 */
export function configFiles(
  env: Environment,
  platform: string = process.platform,
): readonly Place[] {
  const text = env.DOCKER_AUTH_CONFIG;
  return [
    ...(text ? [{ name: "DOCKER_AUTH_CONFIG", text }] : []),
    ...(env.REGISTRY_AUTH_FILE
      ? [{ name: env.REGISTRY_AUTH_FILE, namedBy: "REGISTRY_AUTH_FILE" }]
      : usualFiles(env, platform)),
  ];
}

function usualFiles(env: Environment, platform: string): readonly Place[] {
  const home = env.HOME || homedir();
  const podman = join(env.XDG_CONFIG_HOME || join(home, ".config"), "containers", "auth.json");
  const docker = join(env.DOCKER_CONFIG || join(home, ".docker"), "config.json");
  const rest = [podman, ...(env.DOCKER_CONFIG ? [] : [docker])];
  return [
    ...[
      ...(env.DOCKER_CONFIG ? [docker] : []),
      ...(platform === "linux" ? [join(runtimeFolder(env), "auth.json")] : []),
      ...rest,
    ].map((name) => ({ name })),
    { name: join(home, ".dockercfg"), legacy: true },
  ];
}

/** Without XDG_RUNTIME_DIR, as root mostly is, podman has a folder for each user. */
function runtimeFolder({ XDG_RUNTIME_DIR }: Environment): string {
  if (XDG_RUNTIME_DIR) return join(XDG_RUNTIME_DIR, "containers");
  return join("/run/containers", String(process.getuid?.() ?? 0));
}
