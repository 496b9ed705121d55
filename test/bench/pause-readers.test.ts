import { test } from "uvu";
import * as assert from "uvu/assert";
import { callsToSleep, describeCalls } from "../../bench/pause/calls.ts";
import { findHierarchies } from "../../bench/pause/cgroup.ts";
import { readField, readStat, usageBetween } from "../../bench/pause/proc.ts";
import { readLibraries } from "../../bench/pause/size.ts";
import { spreadOf } from "../../bench/pause/spread.ts";
import { readStart } from "../../bench/pause/starter.ts";

const ROLLUP = `00010000-7ffd0348b000 ---p 00000000 00:00 0    [rollup]
Rss:                  12 kB
Pss:                   8 kB
Pss_Dirty:            11 kB
`;

test("a field is read by its whole name, with or without a unit", () => {
  assert.is(readField(ROLLUP, "Pss"), 8);
  assert.is(readField("nonvoluntary_ctxt_switches:\t3\n", "nonvoluntary_ctxt_switches"), 3);
});

test("a field that is not there is an error that shows what is, and no zero", () => {
  assert.throws(() => readField(ROLLUP, "SwapPss"), /no number "SwapPss" in:[^]*Rss/);
  assert.throws(() => readField("nonvoluntary_ctxt_switches:\t3\n", "voluntary_ctxt_switches"));
});

test("state and parent are found behind a name with brackets and spaces", () => {
  assert.equal(readStat("7 (a) Z 9 (b)) S 31945 7 7 0 -1"), { state: "S", parent: 31945 });
  assert.throws(() => readStat(""), /no state/);
});

test("what was used is the later moment less the earlier", () => {
  const before = { voluntary: 1, involuntary: 2, cpu: 100 };
  const after = { voluntary: 5, involuntary: 2, cpu: 350 };
  assert.equal(usageBetween(before, after), { voluntary: 4, involuntary: 0, cpu: 250 });
});

test("a line of the starter is five numbers, and nothing else is one", () => {
  assert.equal(readStart("25248 131718 2500 6 0"), {
    pid: 25248,
    time: 131718,
    late: 2500,
    minorFaults: 6,
    majorFaults: 0,
  });
  for (const line of ["", "25248 131718 2500 6", "25248 131718 2500 6 0 1", "a b c d e"]) {
    assert.throws(() => readStart(line), /starter said/, line);
  }
});

const TRACE = `getrusage(RUSAGE_SELF, {ru_utime={tv_sec=0, tv_usec=0}, ...}) = 0
execve("/bin/pause", ["/bin/pause"], 0x7fff853ee7e8 /* 1 var */) = 0
getpid()                                = 1
rt_sigaction(SIGINT, {sa_handler=0x1015d}, NULL, 8) = 0
rt_sigaction(SIGTERM, {sa_handler=0x1015d}, NULL, 8) = 0
wait4(-1, 0x7ffe7952f4e0, WNOHANG, NULL) = -1 ECHILD (No child processes)
pause()                                 = ?
+++ killed by SIGKILL +++
`;

test("the calls to sleep are those after execve, the sleep included", () => {
  const calls = callsToSleep(TRACE);
  assert.equal(calls, ["getpid", "rt_sigaction", "rt_sigaction", "wait4", "pause"]);
  assert.is(describeCalls(calls), "getpid, rt_sigaction ×2, wait4, pause");
});

test("a sleep that strace did not see end is one too", () => {
  const unfinished = TRACE.replace(
    /pause\(\).*\n.*\n/,
    "rt_sigtimedwait([CHLD],  <unfinished ...>\n",
  );
  assert.is(callsToSleep(unfinished).at(-1), "rt_sigtimedwait");
});

test("a trace without a program, or of one that is not asleep, is refused", () => {
  assert.throws(() => callsToSleep(""), /no program that fell asleep/);
  assert.throws(() => callsToSleep(TRACE.replace(" = 0\ngetpid", " = -1 ENOENT\ngetpid")));
  assert.throws(() => callsToSleep(TRACE.replace(/pause\(\).*\n/, "")), /fell asleep/);
});

test("the libraries of a program are the files that ldd names", () => {
  const list = `	linux-vdso.so.1 (0x00007ff840b4e000)
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007ff840952000)
	/lib64/ld-linux-x86-64.so.2 (0x00007ff840b50000)
`;
  assert.equal(readLibraries(list), [
    "/lib/x86_64-linux-gnu/libc.so.6",
    "/lib64/ld-linux-x86-64.so.2",
  ]);
  assert.equal(readLibraries("	not a dynamic executable\n"), []);
});

test("our place in both versions of control groups is found at once", () => {
  const mounts = `31 24 0:27 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
32 24 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
33 24 0:29 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
34 24 0:30 / /proc rw - proc proc rw
`;
  const own = "4:memory:/jobs/1\n2:cpu,cpuacct:/\n1:name=systemd:/\n0::/work\n";
  assert.equal(findHierarchies(own, mounts), [
    {
      controllers: ["memory"],
      folder: "/sys/fs/cgroup/memory/jobs/1",
      top: "/sys/fs/cgroup/memory",
    },
    {
      controllers: ["cpu", "cpuacct"],
      folder: "/sys/fs/cgroup/cpu,cpuacct",
      top: "/sys/fs/cgroup/cpu,cpuacct",
    },
    { controllers: [], folder: "/sys/fs/cgroup/unified/work", top: "/sys/fs/cgroup/unified" },
  ]);
});

test("a mount that shows a part of the hierarchy has our place below it", () => {
  const mounts = "33 24 0:29 /docker/1 /sys/fs/cgroup rw,relatime - cgroup2 cgroup rw,nsdelegate\n";
  assert.equal(findHierarchies("0::/docker/1/init\n", mounts), [
    { controllers: [], folder: "/sys/fs/cgroup/init", top: "/sys/fs/cgroup" },
  ]);
});

test("a spread has the middle of its values, of two middles the mean", () => {
  assert.equal(spreadOf([12, 8, 16]), { min: 8, median: 12, max: 16, mean: 12 });
  assert.equal(spreadOf([8, 100, 12, 9]), { min: 8, median: 10.5, max: 100, mean: 32.25 });
});

test.run();
