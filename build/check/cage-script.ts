/** The user and group that pause images run as. */
export const PRISONER = 65535;

/**
 * What a prisoner gets of the machine, as options of prlimit(1), in bytes and numbers.
 *
 * @param threads how many the user has that it becomes; the kernel counts those with its own
 */
export function limits(isEmulated: boolean, threads: number): Readonly<Record<string, number>> {
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

/** Bytes of each of its outputs. */
export const OUTPUT_LIMIT: number = 64 * 1024;

/**
 * How the prisoner loses its rights, as words before its own. Root becomes the user; of the
 * capabilities that this takes, none is left after it. Anybody else is mapped to the user, in a
 * user namespace below that of the cage, over which the prisoner has no rights.
 */
export const JAILS: Readonly<Record<"root" | "user", readonly string[]>> = {
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
 * Becomes the prisoner, as process 1 of the inner PID namespace. /proc is still the machine's, and
 * tells the number that the process has outside. The last two orphans have ended when the prisoner
 * begins, and nobody has waited for them: each ends once its end of the pipe is opened here.
 */
const INNER = `
orphans=$1 jail=$2 outputs=$3
shift 3
left=$orphans
while [ "$left" -gt 0 ]; do
  (sleep 60 &)
  left=$((left - 1))
done
read -r pid rest </proc/self/stat
echo "$pid" >pid
if [ "$orphans" -gt 0 ]; then
  for _ in first second; do
    (true >gate &)
    read -r nothing <gate
  done
fi
if [ "$outputs" = closed ]; then
  exec env -i PATH="$PATH" nice -n 10 $jail "$@" >&- 2>&-
fi
exec env -i PATH="$PATH" nice -n 10 $jail "$@" >out 2>err
`;

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
 * ever ran in the cage ends. Words: the folder, the number of orphans, the words before the
 * prisoner's, `open` or `closed` for its outputs, the emulator's path or nothing, the prisoner's own words.
 */
export const SCRIPT: string = `
set -eu
${CLOSE}
cd "$1"
orphans=$2 jail=$3 outputs=$4 emulator=$5
shift 5
mount -t tmpfs -o mode=0755,size=128m,nosuid,nodev pause root
mkfifo gate
cp pause root/pause
chmod 0555 root/pause
if [ -n "$emulator" ]; then
  cp "$emulator" root/emulator
  chmod 0555 root/emulator
fi
mount -o remount,bind,ro,nosuid,nodev root
set +e
unshare --pid --fork sh -c '${INNER}' cage "$orphans" "$jail" "$outputs" "$@"
exit $?
`;
