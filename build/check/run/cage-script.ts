import type { Command } from "../../host/process.ts";

/** The user and group that pause images run as. */
export const PRISONER = 65535;

/**
 * What a prisoner gets of the machine, as options of prlimit(1), in bytes and numbers.
 *
 * @param threads how many the user has that it becomes; the kernel counts those with its own
 */
function limits(isEmulated: boolean, threads: number): Readonly<Record<string, number>> {
  const MiB = 1024 ** 2;
  return {
    // Emulators and Go's runtime reserve address space that they never use.
    as: 16 * 1024 * MiB,
    // QEMU keeps what it translated: with 128 MiB it does not start.
    data: (isEmulated ? 256 : 64) * MiB,
    // For all that runs at once here. What makes processes without end must leave us processor time.
    nproc: threads + 64,
    // Its outputs are files, so that it cannot fill our memory.
    fsize: OUTPUT_LIMIT,
    nofile: 64,
    core: 0,
  };
}

/** The program that waits until the lock is given up. */
export const WAITING_WARDER = "flock";

/** Bytes of each of its outputs. */
export const OUTPUT_LIMIT: number = 64 * 1024;

/**
 * How the prisoner loses its rights, as words before its own. Root becomes the user; of the
 * capabilities that this takes, none is left after it. Anybody else is mapped to the user, in a
 * user namespace below that of the cage, over which the prisoner has no rights.
 */
const JAILS: Readonly<Record<"root" | "user", readonly string[]>> = {
  root: [
    ...["setpriv", "--clear-groups", "--no-new-privs", "--inh-caps=-all"],
    "--bounding-set=-all,+sys_chroot,+setuid,+setgid",
    ...["unshare", "--root=root", `--setgid=${PRISONER}`, `--setuid=${PRISONER}`, "--"],
  ],
  user: [
    ...["setpriv", "--no-new-privs", "--inh-caps=-all"],
    ...["unshare", "--user", `--map-user=${PRISONER}`, `--map-group=${PRISONER}`],
    ...["--root=root", "--"],
  ],
};

/**
 * Closes all files that whoever started us left open: they would be open in the cage. Only some
 * shells can close those of two digits.
 */
const CLOSE = `
for file in /proc/self/fd/*; do
  number=\${file##*/}
  case $number in
    [012]) ;;
    [3-9]) eval "exec $number>&-" ;;
    *)
      [ -e "$file" ] || continue
      if [ -z "\${BASH_VERSION:-}" ]; then
        echo "cage: file $number is open, and only bash can close it, which is not installed" >&2
        exit 1
      fi
      eval "exec $number>&-"
      ;;
  esac
done
`;

/**
 * Builds the cage, as process 1 of the outer PID namespace, in which it stays: when it ends, all that
 * ever ran in the cage ends. It holds the lock for as long as nobody has written to the gate.
 */
const BUILD = `
set -eu
${CLOSE}
cd "$1"
inside=$2 emulator=$3
shift 3
mount -t tmpfs -o mode=0755,size=128m,nosuid,nodev pause root
cp pause root/pause
chmod 0555 root/pause
if [ -n "$emulator" ]; then
  cp "$emulator" root/emulator
  chmod 0555 root/emulator
fi
mount -o remount,bind,ro,nosuid,nodev root
mkfifo gate
exec 9>lock
flock 9
cat gate >/dev/null &
exec 9>&-
set +e
unshare --pid --fork sh -c "$inside" cage "$@"
exit $?
`;

/**
 * Makes the orphans, as process 1 of the inner PID namespace, and tells its number outside: /proc is
 * still the machine's. Then it waits for the lock, and is no shell any more: shells would wait for an
 * orphan that ends before the prisoner begins, which is to find it.
 */
const INSIDE = `
last=$1 orphans=$2
shift 2
wait=
[ "$orphans" = 0 ] || wait="flock --no-fork lock"
while [ "$orphans" -gt 0 ]; do
  (sleep 60 &)
  orphans=$((orphans - 1))
done
read -r pid rest </proc/self/stat
echo "$pid" >pid
exec $wait sh -c "$last" cage "$@"
`;

/** Becomes the prisoner. The third file is the lock. */
const LAST = `
outputs=$1 jail=$2
shift 2
exec 3>&-
if [ "$outputs" = closed ]; then
  exec env -i PATH="$PATH" nice -n 10 $jail "$@" >&- 2>&-
fi
exec env -i PATH="$PATH" nice -n 10 $jail "$@" >out 2>err
`;

/** How a cage is to be built. */
export interface Building {
  /** The folder with the program, named `pause`, and an empty folder, named `root`. */
  readonly folder: string;
  /** The path of a shell. */
  readonly shell: Command;
  readonly isRoot: boolean;
  /** The emulator's path and its options. */
  readonly emulator?: Command;
  readonly orphans: number;
  readonly outputs: "open" | "closed";
  /** The prisoner's arguments. */
  readonly words: readonly string[];
  /** How many threads the user has that it becomes. */
  readonly threads: number;
}

/** The command that builds a cage and runs the program in it. If we are killed, it ends by itself. */
export function cageCommand(building: Building): Command {
  const { folder, shell, isRoot, emulator, orphans, outputs, words, threads } = building;
  const bounds = Object.entries(limits(emulator !== undefined, threads));
  const jail = [
    "prlimit",
    ...bounds.map(([name, most]) => `--${name}=${most}`),
    ...JAILS[isRoot ? "root" : "user"],
  ];
  const [path = "", ...options] = emulator ?? [];
  return [
    ...["timeout", "--signal=KILL", "30"] as const,
    ...["unshare", ...(isRoot ? [] : ["--user", "--map-root-user"])],
    ...["--mount", "--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child"],
    ...[...shell, "-c", BUILD, "cage", folder, INSIDE, path],
    ...[LAST, String(orphans), outputs, jail.join(" ")],
    ...(path === "" ? [] : ["/emulator", ...options]),
    ...["/pause", ...words],
  ];
}

/** The programs that the process is, one after the other, before it is the prisoner. */
export const WARDERS: ReadonlySet<string> = new Set([
  ...["sh", "dash", "bash", "ash", "busybox"],
  ...[WAITING_WARDER, "env", "nice", "prlimit", "setpriv", "unshare", ""],
]);

/** What the warders say when the prisoner cannot be started, they say where it would speak. */
export const WARDERS_WORD: RegExp = /^(sh|cage|env|nice|prlimit|setpriv|unshare): .*/m;
