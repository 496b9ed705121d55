/**
 * The system calls of a program from its start to its sleep.
 *
 * @param trace what `strace -ff` wrote of the one process
 * @returns their names in order, without execve; the last one is where it sleeps
 * @throws Error when the process did not start a program, or was not asleep at the end
 */
export function callsToSleep(trace: string): string[] {
  const lines = trace.split("\n");
  const start = lines.findIndex((line) => /^execve\(.* = 0$/.test(line));
  const calls = lines.slice(start + 1).flatMap((line) => {
    const [, name] = /^(\w+)\(/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, line }];
  });
  const last = calls.at(-1);
  if (start < 0 || last === undefined || !isUnfinished(last.line)) {
    throw new Error(`There is no program that fell asleep in this trace:\n${trace}`);
  }
  return calls.map(({ name }) => name);
}

/** A call that the end of the process cut short. */
function isUnfinished(line: string): boolean {
  return /= \?( |$)|<unfinished \.\.\.>$|<no return \.\.\.>$/.test(line);
}

/** `rt_sigaction ×3, wait4, pause`: the calls as a list for people. */
export function describeCalls(calls: readonly string[]): string {
  const runs: { name: string; times: number }[] = [];
  for (const name of calls) {
    const last = runs.at(-1);
    if (last?.name === name) last.times += 1;
    else runs.push({ name, times: 1 });
  }
  return runs.map(({ name, times }) => times > 1 ? `${name} ×${times}` : name).join(", ");
}
