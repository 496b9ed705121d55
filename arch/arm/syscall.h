/*
 * Linux on 32-bit ARM, EABI: the kernel's arch/arm/kernel/entry-common.S; registers after the
 * "Procedure Call Standard for the Arm Architecture" (AAPCS32), 6.1. For Thumb and ARM code alike.
 *
 *   number  r7
 *   args    r0 r1 r2 r3
 *   result  r0, negative: -errno
 *   lost    nothing else
 */

/* The trap */

static inline long trap0(int number) {
  register long r7 __asm__("r7") = number;
  register long r0 __asm__("r0");
  __asm__ volatile("svc #0"
                   : "=r"(r0)
                   : "r"(r7)
                   : "memory");
  return r0;
}

static inline long trap1(int number, long a) {
  register long r7 __asm__("r7") = number;
  register long r0 __asm__("r0") = a;
  __asm__ volatile("svc #0"
                   : "+r"(r0)
                   : "r"(r7)
                   : "memory");
  return r0;
}

static inline long trap3(int number, long a, const void *b, long c) {
  register long r7 __asm__("r7") = number;
  register long r0 __asm__("r0") = a;
  register const void *r1 __asm__("r1") = b;
  register long r2 __asm__("r2") = c;
  __asm__ volatile("svc #0"
                   : "+r"(r0)
                   : "r"(r7), "r"(r1), "r"(r2)
                   : "memory");
  return r0;
}

static inline long trap4(int number, long a, const void *b, long c, long d) {
  register long r7 __asm__("r7") = number;
  register long r0 __asm__("r0") = a;
  register const void *r1 __asm__("r1") = b;
  register long r2 __asm__("r2") = c;
  register long r3 __asm__("r3") = d;
  __asm__ volatile("svc #0"
                   : "+r"(r0)
                   : "r"(r7), "r"(r1), "r"(r2), "r"(r3)
                   : "memory");
  return r0;
}

/* The numbers: arch/arm/tools/syscall.tbl */

enum {
  SYS_exit = 1,
  SYS_fork = 2,
  SYS_read = 3,
  SYS_write = 4,
  SYS_close = 6,
  SYS_getpid = 20,
  SYS_pause = 29,
  SYS_pipe = 42,
  SYS_getppid = 64,
  SYS_wait4 = 114,
  SYS_sched_yield = 158,
  SYS_rt_sigaction = 174,
  SIGCHLD = 17,
  SIGSET_SIZE = 8,
};

/* The action: struct sigaction as the kernel reads it, include/linux/signal_types.h */

typedef void (*handler)(unsigned signal);

#define SIG_IGN ((handler)1)

struct sigaction {
  handler handler;
  unsigned long flags;
  void *restorer;
  unsigned long mask[2];
};

static inline struct sigaction *handle_with(handler handler, long none, struct sigaction *space) {
  space->handler = handler;
  space->flags = none;
  space->mask[0] = space->mask[1] = none;
  return space;
}

/* The next argument, and the wait */

static inline const char *next(const char *const **arguments) { return *(*arguments)++; }

static inline void wait_for_signal(void) { trap0(SYS_pause); }

/* The start */

/* The type, because the kernel starts Thumb code where the entry is odd. */
__asm__("\t.globl _start\n"
        "\t.type _start, %function\n"
        "_start:\n"
        "\tadd r1, sp, #8\n"
        "\tb begin\n");
