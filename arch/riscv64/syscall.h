/*
 * Linux on RISC-V: the kernel's arch/riscv/kernel/entry.S; registers after the "RISC-V ABIs
 * Specification", Integer Calling Convention.
 *
 *   number  a7
 *   args    a0 a1 a2 a3
 *   result  a0, negative: -errno
 *   lost    nothing else
 */

/* The trap */

static inline long trap0(int number) {
  register long a7 __asm__("a7") = number;
  register long a0 __asm__("a0");
  __asm__ volatile("ecall"
                   : "=r"(a0)
                   : "r"(a7)
                   : "memory");
  return a0;
}

static inline long trap1(int number, long a) {
  register long a7 __asm__("a7") = number;
  register long a0 __asm__("a0") = a;
  __asm__ volatile("ecall"
                   : "+r"(a0)
                   : "r"(a7)
                   : "memory");
  return a0;
}

static inline long trap3(int number, long a, const void *b, long c) {
  register long a7 __asm__("a7") = number;
  register long a0 __asm__("a0") = a;
  register const void *a1 __asm__("a1") = b;
  register long a2 __asm__("a2") = c;
  __asm__ volatile("ecall"
                   : "+r"(a0)
                   : "r"(a7), "r"(a1), "r"(a2)
                   : "memory");
  return a0;
}

static inline long trap4(int number, long a, const void *b, long c, long d) {
  register long a7 __asm__("a7") = number;
  register long a0 __asm__("a0") = a;
  register const void *a1 __asm__("a1") = b;
  register long a2 __asm__("a2") = c;
  register long a3 __asm__("a3") = d;
  __asm__ volatile("ecall"
                   : "+r"(a0)
                   : "r"(a7), "r"(a1), "r"(a2), "r"(a3)
                   : "memory");
  return a0;
}

/* The numbers: include/uapi/asm-generic/unistd.h */

enum {
  SYS_close = 57,
  SYS_pipe = 59,
  SYS_read = 63,
  SYS_write = 64,
  SYS_ppoll = 73,
  SYS_exit = 93,
  SYS_sched_yield = 124,
  SYS_rt_sigaction = 134,
  SYS_getpid = 172,
  SYS_getppid = 173,
  SYS_fork = 220,
  SYS_wait4 = 260,
  SIGCHLD = 17,
  SIGSET_SIZE = 8,
};

/* The action: struct sigaction as the kernel reads it, include/linux/signal_types.h */

typedef void (*handler)(unsigned signal);

#define SIG_IGN ((handler)1)

struct sigaction {
  handler handler;
  unsigned long flags;
  unsigned long mask;
};

static inline struct sigaction *handle_with(handler handler, long none, struct sigaction *space) {
  space->handler = handler;
  space->flags = none;
  space->mask = none;
  return space;
}

/* The next argument, and the wait */

static inline const char *next(const char *const **arguments) { return *(*arguments)++; }

/* There is no pause; to poll nothing without end is the same. */
static inline void wait_for_signal(void) { trap4(SYS_ppoll, 0, 0, 0, 0); }

/* The start */

__asm__("\t.globl _start\n"
        "_start:\n"
        "\taddi a1, sp, 16\n"
        "\tj begin\n");
