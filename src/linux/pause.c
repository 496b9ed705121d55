/*
 * pause: holds a pod's namespaces as their first process, leaves no zombie, ends on SIGINT and
 * SIGTERM.
 *
 * Freestanding: no libc, nothing writable but the stack. All that an architecture decides is in
 * arch/<ARCH>/syscall.h, the layout of the file in pause.ld. What the program does, measured, is in
 * docs/pause-behaviour.md, and so is the list of what keeps it small.
 */

/* -DVERSION=v3.10.2, bare. No other macro is defined before its use: a version could contain it. */
#ifndef VERSION
#define VERSION HEAD
#endif
#define STRING(token) #token
#define VERSION_LINE(version) "pause.c " STRING(version) "\n"

/* A structure, because plain arrays are aligned to 16 bytes; without the NUL that nobody reads. */
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
  INTERRUPT_LENGTH = sizeof INTERRUPT - 1,
  /* The exit code; 1, 2 and 3 stand for a refused action of SIGINT, SIGTERM and SIGCHLD. */
  WAIT_REFUSED = 42,
};

static const struct {
  char warning[sizeof WARNING - 1];
  char down[sizeof INTERRUPT TERMINATED - 1];
} text = {WARNING, INTERRUPT TERMINATED};

/* SIGINT, SIGTERM and SIGCHLD (17, or 18 on MIPS) as 0, 1 and 2: an index without a table. */
static inline unsigned index_of(unsigned signal) { return signal >> 3; }

/*
 * Makes the value one that the compiler cannot know. Of what it knows it makes constants, each in a
 * register of its own or in several copies of the code.
 */
#define HIDE(value) __asm__("" : "+r"(value))

/*
 * The two ends. Nothing runs after them, but they are not _Noreturn: then a call that ends a
 * function is a jump, of two bytes on x86.
 */
static __attribute__((noinline)) void leave(long status) { trap1(SYS_exit, status); }

static __attribute__((noinline)) void say_and_leave(long file, const char *line, long length) {
  trap3(SYS_write, file, line, length);
  leave(0);
}

/* The handler of SIGINT and SIGTERM. It does not return: no restorer and no sigreturn is needed. */
static void shut_down(unsigned signal) {
  unsigned index = index_of(signal);
  /* The second line is longer by one. */
  say_and_leave(STDERR, text.down + index * INTERRUPT_LENGTH, INTERRUPT_LENGTH + index);
}

/* Four characters as one number, wherever they stand and whatever the byte order. */
static inline unsigned load(const char *four) {
  typedef unsigned __attribute__((aligned(1), may_alias)) number;
  return *(const number *)four;
}

/*
 * Is it -v or -V? Its three characters are compared at once, without the bit that tells v from V.
 * The fourth may lie behind it, where the environment and the program's name follow on the stack.
 */
static inline int is_version_flag(const char *argument) {
  unsigned start = load(argument);
  HIDE(start);
  return (start & load("\xff\xdf\xff\0")) == load("-V\0\0");
}

/* Entered from _start with the arguments that follow the program's name. There is no way back. */
static __attribute__((used)) void begin(long unused, const char *const *arguments) {
  (void)unused;
  for (const char *argument; (argument = next(&arguments));)
    if (is_version_flag(argument)) {
      say_and_leave(STDOUT, version.line, sizeof version.line);
      return;
    }

  if (trap0(SYS_getpid) != 1) trap3(SYS_write, STDERR, text.warning, sizeof text.warning);

  unsigned long signal;
  long none = 0;
  HIDE(none);
  struct sigaction space, *action = handle_with(shut_down, none, &space);

  signal = SIGINT;
  HIDE(signal);
  if (trap4(SYS_rt_sigaction, signal, action, none, SIGSET_SIZE)) goto refused;

  signal = SIGTERM;
  HIDE(signal);
  if (trap4(SYS_rt_sigaction, signal, action, none, SIGSET_SIZE)) goto refused;

  /*
   * The kernel reaps the children of a process that ignores SIGCHLD, those it adopts included (see
   * "Notes" in wait(2)): no orphan ever wakes us. Only who died before is still to be reaped.
   */
  action->handler = SIG_IGN;
  signal = SIGCHLD;
  HIDE(signal);
  if (trap4(SYS_rt_sigaction, signal, action, none, SIGSET_SIZE)) goto refused;

  /* The status goes where the action was: no register to set for it. */
  while (trap4(SYS_wait4, -1, action, WNOHANG, 0) > 0);

  /* The kernel resumes the wait after all that does not end us: it comes back only if refused. */
  wait_for_signal();
  leave(WAIT_REFUSED);
  return;

refused: /* 1, 2 or 3 */
  leave(index_of(signal) + 1);
}
