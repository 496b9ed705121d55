/*
 * The other way to reap, for the bench alone: pause's signals are blocked and taken one by one, and
 * each SIGCHLD wakes the process to collect what has died. It says nothing and knows no -v: only
 * what it costs to reap is compared. See docs/decisions/ for what came of it.
 */

#include <asm/unistd.h>
#include "syscall.h"

enum { SIGINT = 2, SIGTERM = 15, WNOHANG = 1 };

/* asm/signal.h has it too, with much that stands in the way of syscall.h. */
#ifdef __mips__
enum { SIG_BLOCK = 1 };
#else
enum { SIG_BLOCK = 0 };
#endif

#define BIT(signal) (1ul << ((signal) - 1))

static __attribute__((used)) void begin(long unused, const char *const *arguments) {
  (void)unused;
  (void)arguments;
  /* The kernel reads SIGSET_SIZE bytes, at most two of these. */
  unsigned long signals[2] = {BIT(SIGINT) | BIT(SIGTERM) | BIT(SIGCHLD), 0};
  trap4(__NR_rt_sigprocmask, SIG_BLOCK, signals, 0, SIGSET_SIZE);
  for (;;) {
    long signal = trap4(__NR_rt_sigtimedwait, (long)signals, 0, 0, SIGSET_SIZE);
    if (signal == SIGINT || signal == SIGTERM) trap1(SYS_exit, 0);
    /* One SIGCHLD may stand for many. */
    while (trap4(SYS_wait4, -1, 0, WNOHANG, 0) > 0);
  }
}
