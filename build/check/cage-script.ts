/** The user and group that pause images run as. */
export const USER = 65535;

/** Files of the folder that the cage stands in. */
export const CAGE_FILES = { program: "pause", root: "root", pid: "pid", out: "out", err: "err" };

/** What a prisoner gets of the machine, as options of prlimit(1): bytes, and numbers. */
export const LIMITS: Readonly<Record<string, number>> = {
  // Emulators and Go's runtime reserve address space that they never use.
  as: 16 * 1024 ** 3,
  data: 512 * 1024 ** 2,
  // Its outputs are files, so that it cannot fill our memory.
  fsize: 64 * 1024,
  nofile: 64,
  core: 0,
};

/**
 * How the prisoner loses its rights, as words before its own. Root becomes the user; of the
 * capabilities that this takes, none is left after it. Anybody else is mapped to the user, in a
 * user namespace below that of the cage, over which the prisoner has no rights.
 */
export const JAILS: Readonly<Record<"root" | "user", readonly string[]>> = {
  root: [
    ...["setpriv", "--clear-groups", "--no-new-privs", "--inh-caps=-all"],
    "--bounding-set=-all,+sys_chroot,+setuid,+setgid",
    ...["unshare", "--root=root", `--setgid=${USER}`, `--setuid=${USER}`, "--"],
  ],
  user: [
    ...["setpriv", "--no-new-privs", "--inh-caps=-all"],
    ...["unshare", "--user", `--map-user=${USER}`, `--map-group=${USER}`, "--root=root", "--"],
  ],
};

/**
 * Becomes the prisoner, as process 1 of the inner PID namespace. /proc is still the machine's, and
 * tells the number that the process has outside.
 */
const INNER = `
orphans=$1 jail=$2
shift 2
while [ "$orphans" -gt 0 ]; do
  (sleep 60 &)
  orphans=$((orphans - 1))
done
read -r pid rest </proc/self/stat
echo "$pid" >pid
exec env -i PATH="$PATH" $jail "$@" >out 2>err
`;

/**
 * Builds the cage, as process 1 of the outer PID namespace, in which it stays: when it ends, all that
 * ever ran in the cage ends. Words: the folder, the number of orphans, the words before the
 * prisoner's, the emulator's path or nothing, the prisoner's own words.
 */
export const SCRIPT: string = `
set -eu
cd "$1"
orphans=$2 jail=$3 emulator=$4
shift 4
mount -t tmpfs -o mode=0755,size=128m,nosuid,nodev pause root
cp pause root/pause
chmod 0555 root/pause
if [ -n "$emulator" ]; then
  cp "$emulator" root/emulator
  chmod 0555 root/emulator
fi
mount -o remount,bind,ro,nosuid,nodev root
set +e
unshare --pid --fork sh -c '${INNER}' cage "$orphans" "$jail" "$@"
exit $?
`;
