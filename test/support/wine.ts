import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { type Command, type Ended, run } from "../../build/host/process.ts";
import { withFolder } from "./folder.ts";
import { lacks } from "./skip.ts";

/** A Windows of wine's, empty but for its libraries. */
export interface Wine {
  /** An empty folder for files. */
  readonly folder: string;
  /** What the environment of `wine PROGRAM` must have. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs a command to its end, with `input` on its stdin. */
  readonly run: (command: Command, input?: string) => Promise<Ended>;
  /** Whether some program in it sleeps for ever. */
  readonly isAsleep: () => boolean;
}

/** The reason to skip where wine cannot run programs for amd64; undefined where it can. */
export function lacksWine(): string | undefined {
  if (process.arch !== "x64") return `wine runs programs for amd64, and this is ${process.arch}`;
  const reason = lacks("wine", "wineserver");
  if (reason !== undefined) return reason;
  return libraries() === undefined ? "wine's libraries are not below /usr/lib" : undefined;
}

/** Where Debian has the libraries of Windows that wine comes with. */
function libraries(): string | undefined {
  return readdirSync("/usr/lib").map((name) => join("/usr/lib", name, "wine/x86_64-windows"))
    .find((folder) => existsSync(join(folder, "kernel32.dll")));
}

/**
 * Gives `use` a Windows of its own, and ends afterwards all that runs in it. Wine would copy its
 * libraries into it, 700 MB, and start a dozen services; a link to them and a note that this
 * Windows is up to date do as well, in a tenth of a second.
 */
export async function withWine<Value>(use: (wine: Wine) => Promise<Value>): Promise<Value> {
  return await withFolder(async (folder) => {
    const prefix = join(folder, "wine");
    await mkdir(join(prefix, "drive_c/windows"), { recursive: true });
    await symlink(libraries() ?? "", join(prefix, "drive_c/windows/system32"));
    await writeFile(join(prefix, ".update-timestamp"), "disable\n");
    const env = {
      HOME: folder,
      TMPDIR: folder,
      WINEPREFIX: prefix,
      WINEDEBUG: "-all",
      // Windows's arguments are UTF-16, which wine makes of ours by the locale.
      LC_ALL: "C.UTF-8",
    };
    try {
      return await use({
        folder,
        env,
        run: (command, input) => runInto(folder, command, env, input),
        isAsleep: () => pidsIn(prefix).some(sleepsForEver),
      });
    } finally {
      await run(["wineserver", "--kill"], { env });
      await run(["wineserver", "--wait"], { env });
    }
  });
}

/** Milliseconds that a program may take. */
const PATIENCE = 60_000;

/** With files for both outputs: wine's own processes would keep pipes for a second longer. */
async function runInto(
  folder: string,
  command: Command,
  env: Wine["env"],
  input = "",
): Promise<Ended> {
  const { exitCode } = await run(
    ["sh", "-c", 'exec "$@" >"$0/stdout" 2>"$0/stderr"', folder, ...command],
    { env, signal: AbortSignal.timeout(PATIENCE), ...(input !== "" && { input }) },
  );
  const [stdout, stderr] = await Promise.all(
    ["stdout", "stderr"].map((name) => readFile(join(folder, name), "utf8")),
  );
  return { exitCode, stdout: stdout ?? "", stderr: stderr ?? "" };
}

/** The processes that were started with this prefix. */
function pidsIn(prefix: string): number[] {
  return readdirSync("/proc").map(Number).filter((pid) =>
    pid > 0 && read(pid, "environ").split("\0").includes(`WINEPREFIX=${prefix}`)
  );
}

/** Windows's Sleep without an end is pselect6 of nothing here. */
function sleepsForEver(pid: number): boolean {
  return read(pid, "syscall").startsWith("270 0x0 0x0 0x0 0x0 0x0 ");
}

/** What /proc says of a process that may have ended. */
function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return "";
  }
}
