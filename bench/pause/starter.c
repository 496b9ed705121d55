/*
 * starter [-t] [-g FILE]... COUNT PROGRAM [ARGUMENT]...
 *
 * Starts COUNT times PROGRAM, each as the first process of a PID namespace of its own, and watches
 * each fall asleep before it starts the next. For each it prints a line:
 *
 *   PID NANOSECONDS LATE MINOR MAJOR
 *
 * NANOSECONDS run from just before execve to the first look that found it asleep (state S); the
 * look before was LATE nanoseconds earlier and found it awake, so LATE is the resolution. MINOR and
 * MAJOR are the page faults within that time, those included that the kernel takes in execve.
 *
 *   -t       times only: each is ended before the next starts, and looker and program have a
 *            processor each, where there are two
 *   -g FILE  joins a control group first: FILE is its cgroup.procs
 *
 * It prints "ready", waits for a line on standard input, starts, prints "done", and ends with all
 * that it started when standard input does.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_NS = 1000000000 };

/* What the child says of the moment before execve. Shared, so that it outlives the child's memory. */
struct departure {
  _Atomic long time;
  long minor, major;
  _Atomic int error;
};

/* What a look at /proc/PID/stat finds. */
struct look {
  char state;
  long minor, major;
};

/* What a runtime gives to a pod's first process. Ours would fill the stack by our own size. */
static char *const ENVIRONMENT[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL};

static struct departure *departure;
static cpu_set_t here, there;

static _Noreturn void fail(const char *doing) {
  fprintf(stderr, "starter: cannot %s: %s\n", doing, strerror(errno));
  exit(1);
}

static long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000L + time.tv_nsec;
}

static void join(const char *group) {
  int file = open(group, O_WRONLY | O_CLOEXEC);
  if (file < 0 || write(file, "0", 1) != 1) fail("join the control group");
  close(file);
}

/* The first processor that we may use for us, the last one for the program. */
static void choose_processors(void) {
  if (sched_getaffinity(0, sizeof here, &here)) fail("read the processors");
  int first = CPU_SETSIZE, last = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
    if (CPU_ISSET(cpu, &here)) last = cpu, first = cpu < first ? cpu : first;
  CPU_ZERO(&here);
  CPU_SET(first, &here);
  CPU_ZERO(&there);
  CPU_SET(last, &there);
  if (sched_setaffinity(0, sizeof here, &here)) fail("choose a processor");
}

static _Noreturn void become(char **command) {
  struct rusage usage;
  int nothing = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; fd++) dup2(nothing, fd);
  close(nothing);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (CPU_COUNT(&there) > 0) sched_setaffinity(0, sizeof there, &there);
  getrusage(RUSAGE_SELF, &usage);
  departure->minor = usage.ru_minflt;
  departure->major = usage.ru_majflt;
  departure->time = now();
  execve(command[0], command, ENVIRONMENT);
  departure->error = errno;
  _exit(127);
}

/* proc(5): the state is the 3rd field, minflt the 10th, majflt the 12th; the 2nd may hold spaces. */
static struct look look_at(int stat) {
  struct look look = {0};
  char text[1024];
  ssize_t length = pread(stat, text, sizeof text - 1, 0);
  if (length <= 0) return look;
  text[length] = 0;
  const char *rest = strrchr(text, ')');
  if (!rest) return look;
  sscanf(rest + 1, " %c %*d %*d %*d %*d %*d %*u %ld %*u %ld", &look.state, &look.minor, &look.major);
  return look;
}

static void watch(pid_t pid) {
  char path[32];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  int stat = open(path, O_RDONLY | O_CLOEXEC);
  if (stat < 0) fail("look at the program");
  long begun = now(), seen = begun, before;
  struct look look;
  do {
    before = seen;
    look = look_at(stat);
    seen = now();
    if (departure->error) errno = departure->error, fail("start the program");
    if (look.state == 'Z') errno = ECHILD, fail("watch a program that ends at once");
    if (seen - begun > PATIENCE_NS) errno = ETIMEDOUT, fail("wait for the program to fall asleep");
  } while (!departure->time || look.state != 'S');
  printf("%d %ld %ld %ld %ld\n", pid, seen - departure->time, seen - before, look.minor - departure->minor,
         look.major - departure->major);
  close(stat);
}

static pid_t start(char **command) {
  memset(departure, 0, sizeof *departure);
  fflush(stdout);
  pid_t pid = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
  if (pid < 0) fail("make a PID namespace");
  if (pid == 0) become(command);
  watch(pid);
  return pid;
}

static void end(pid_t pid) {
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
}

static void run(int count, int only_times, char **command) {
  pid_t *pids = calloc(count, sizeof *pids);
  for (int i = 0; i < count; i++) {
    pids[i] = start(command);
    if (only_times) end(pids[i]), pids[i] = 0;
  }
  puts("done");
  fflush(stdout);
  while (getchar() != EOF);
  for (int i = 0; i < count; i++)
    if (pids[i]) end(pids[i]);
}

int main(int argc, char **argv) {
  int option, only_times = 0;
  while ((option = getopt(argc, argv, "+tg:")) != -1) {
    if (option == 't') only_times = 1, choose_processors();
    else if (option == 'g') join(optarg);
    else return 2;
  }
  int count = argc - optind < 2 ? 0 : atoi(argv[optind]);
  if (count < 1) return 2;
  departure = mmap(NULL, sizeof *departure, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (departure == MAP_FAILED) fail("share memory");
  puts("ready");
  fflush(stdout);
  if (getchar() == EOF) return 0;
  run(count, only_times, argv + optind + 1);
  return 0;
}
