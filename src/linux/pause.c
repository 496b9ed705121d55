/*
 * pause: holds a pod's namespaces as their first process, leaves no zombie, ends on SIGINT and SIGTERM.
 *
 * Freestanding: no libc, nothing writable but the stack. All that an architecture decides is in
 * arch/<ARCH>/syscall.h, the layout of the file in pause.ld. What the program does, measured, is in
 * docs/pause-behaviour.md, and so is the list of what keeps it small.
 */

/* -DVERSION=v3.10.2, a bare token. No other macro may be defined before this use, or it could change it. */
#ifndef VERSION
#define VERSION HEAD
#endif
#define STRING(token) #token
#define VERSION_LINE(version) "pause.c " STRING(version) "\n"

/* A structure, because compilers align plain arrays to 16 bytes; without the NUL that nobody reads. */
static const struct {
  char line[sizeof VERSION_LINE(VERSION) - 1];
} version = {VERSION_LINE(VERSION)};

#include "syscall.h"

#define WARNING "Warning: pause should be the first process\n"
#define INTERRUPT "Shutting down, got signal: Interrupt\n"
#define TERMINATED "Shutting down, got signal: Terminated\n"

enum {
  STDOUT = 1,
  STDERR = 2,
  SIGINT = 2,
  SIGTERM = 15,
  WNOHANG = 1,
  WARNING_LENGTH = sizeof WARNING - 1,
  INTERRUPT_LENGTH = sizeof INTERRUPT - 1,
  /* Exit codes, beside 0 and those that refusal() makes. */
  WAIT_ENDED = 42,
};

static const struct {
  char warning[WARNING_LENGTH];
  char down[sizeof INTERRUPT TERMINATED - 1];
} text = {WARNING, INTERRUPT TERMINATED};

/* SIGINT, SIGTERM and SIGCHLD (17, or 18 on MIPS) as 0, 1 and 2: an index without a table. */
static inline unsigned index_of(unsigned signal) { return signal >> 3; }

/* Makes a value one that the compiler does not know: it would spread what follows from it over the code. */
#define HIDE(value) __asm__("" : "+r"(value))

/*
 * The two ends. Not inlined and not _Noreturn: a call of theirs as the last thing of a function is
 * a jump of two bytes. Nothing runs after them.
 */
static __attribute__((noinline)) void leave(long status) { trap1(SYS_exit, status); }

static __attribute__((noinline)) void say_and_leave(long fd, const char *line, long length) {
  trap3(SYS_write, fd, line, length);
  leave(0);
}

/* The handler of SIGINT and SIGTERM. It never returns, so no restorer and no sigreturn is needed. */
static void shut_down(unsigned signal) {
  unsigned index = index_of(signal);
  /* The second line is one longer than the first. */
  say_and_leave(STDERR, text.down + index * INTERRUPT_LENGTH, INTERRUPT_LENGTH + index);
}

/* Four characters as one number, wherever they stand and whatever the byte order. */
static inline unsigned load(const char *four) {
  typedef unsigned __attribute__((aligned(1), may_alias)) number;
  return *(const number *)four;
}

/*
 * Is it -v or -V? The three characters are compared at once, with the bit out that tells v from V.
 * The fourth may lie behind the argument: on a stack, the environment and the program's name follow.
 */
static inline int is_version_flag(const char *argument) {
  unsigned start = load(argument) & load("\xff\xdf\xff\0");
  HIDE(start);
  return start == load("-V\0\0");
}

/* Entered from _start with the arguments after the program's own name. There is no way back. */
static __attribute__((used)) void begin(long unused, const char *const *arguments) {
  (void)unused;
  for (const char *argument; (argument = next(&arguments));)
    if (is_version_flag(argument)) {
      say_and_leave(STDOUT, version.line, sizeof version.line);
      return;
    }

  if (trap0(SYS_getpid) != 1) trap3(SYS_write, STDERR, text.warning, WARNING_LENGTH);

  struct sigaction space, *action = handle_with(shut_down, &space);
  unsigned long signal;
  long no_old_action = 0;
  HIDE(no_old_action);

  signal = SIGINT;
  HIDE(signal);
  if (trap4(SYS_rt_sigaction, signal, action, no_old_action, SIGSET_SIZE)) goto refused;

  signal = SIGTERM;
  HIDE(signal);
  if (trap4(SYS_rt_sigaction, signal, action, no_old_action, SIGSET_SIZE)) goto refused;

  /*
   * A process that ignores SIGCHLD has its children reaped by the kernel: no orphan ever wakes us.
   * See "Notes" in wait(2). Only those that had died before are still to be reaped.
   */
  action->handler = SIG_IGN;
  signal = SIGCHLD;
  HIDE(signal);
  if (trap4(SYS_rt_sigaction, signal, action, no_old_action, SIGSET_SIZE)) goto refused;

  /* The status goes where the action was: one register less to set. */
  while (trap4(SYS_wait4, -1, action, WNOHANG, 0) > 0);

  /* Only a kernel that refuses to wait lets us go on. */
  wait_for_signal();
  leave(WAIT_ENDED);
  return;

refused: /* 1, 2 or 3 */
  leave(index_of(signal) + 1);
}
