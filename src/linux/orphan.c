/*
 * orphan [COUNT [BURST]]: leaves COUNT orphans to the first process, BURST from each parent. Both
 * are 1 unless given.
 *
 * A tool to try pause with. A parent makes its children, which outlive it, and then comes the next
 * parent. Ends with 0 when the last one has; 1 when the kernel refuses a process or a pipe; 2 when
 * an argument is no number.
 */

#include "syscall.h"

enum { STDERR = 2, REFUSED = 1, MISUSED = 2 };

#define USAGE "Usage: orphan [COUNT [BURST]]\n"

static void fail(long status, const char *line, long length) {
  trap3(SYS_write, STDERR, line, length);
  trap1(SYS_exit, status);
}

#define FAIL(status, line) fail(status, line, sizeof(line) - 1)

static unsigned long number(const char *digits) {
  unsigned long value = 0;
  do {
    unsigned digit = (unsigned char)*digits - '0';
    /* Up to 999,999,999, which any long holds. */
    if (digit > 9 || value > 99999999) FAIL(MISUSED, USAGE);
    value = value * 10 + digit;
  } while (*++digits);
  return value;
}

static long fork(void) {
  long pid = trap4(SYS_fork, SIGCHLD, 0, 0, 0);
  if (pid < 0) FAIL(REFUSED, "Cannot create a process: the kernel refused.\n");
  return pid;
}

/* The writing end stays open in the parent alone: reading ends when the parent begins to end. */
static void outlive(long parent, const int *ends) {
  char nothing;
  trap1(SYS_close, ends[1]);
  trap3(SYS_read, ends[0], &nothing, 1);
  while (trap0(SYS_getppid) == parent) trap0(SYS_sched_yield);
  trap1(SYS_exit, 0);
}

static void leave_orphans(unsigned long count) {
  int ends[2];
  long self = trap0(SYS_getpid);
  if (trap3(SYS_pipe, (long)ends, 0, 0) < 0)
    FAIL(REFUSED, "Cannot create a pipe: the kernel refused.\n");
  for (; count; count--)
    if (fork() == 0) outlive(self, ends);
  trap1(SYS_exit, 0);
}

static __attribute__((used)) void begin(long unused, const char *const *arguments) {
  (void)unused;
  const char *argument = next(&arguments);
  unsigned long count = argument ? number(argument) : 1;
  argument = argument ? next(&arguments) : argument;
  unsigned long burst = argument ? number(argument) : 1;
  if (burst == 0) FAIL(MISUSED, USAGE);

  for (; count; count -= burst) {
    int status = REFUSED;
    if (burst > count) burst = count;
    long parent = fork();
    if (parent == 0) leave_orphans(burst);
    if (trap4(SYS_wait4, parent, &status, 0, 0) != parent || status) trap1(SYS_exit, REFUSED);
  }
  trap1(SYS_exit, 0);
}
