/*
 * Linux on 64-bit MIPS, little-endian, ABI n64: "MIPSpro N32 ABI Handbook", 2; the kernel's
 * arch/mips/kernel/scall64-n64.S.
 *
 *   number  v0
 *   args    a0 a1 a2 a3
 *   result  v0; with a3 set: errno
 *   lost    at v1 a3 t0 to t9 hi lo
 */

/* The trap */

/* Errors come as a positive number and a flag, in a3, which is an argument too. */
#define LOST                                                                                   \
  "$1", "$3", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$24", "$25", "hi", "lo", \
      "memory"

static inline long trap0(int number) {
  register long v0 __asm__("$2") = number;
  register long a3 __asm__("$7");
  __asm__ volatile("syscall"
                   : "+r"(v0), "=r"(a3)
                   :
                   : LOST);
  return a3 ? -v0 : v0;
}

static inline long trap1(int number, long a) {
  register long v0 __asm__("$2") = number;
  register long a0 __asm__("$4") = a;
  register long a3 __asm__("$7");
  __asm__ volatile("syscall"
                   : "+r"(v0), "=r"(a3)
                   : "r"(a0)
                   : LOST);
  return a3 ? -v0 : v0;
}

static inline long trap3(int number, long a, const void *b, long c) {
  register long v0 __asm__("$2") = number;
  register long a0 __asm__("$4") = a;
  register const void *a1 __asm__("$5") = b;
  register long a2 __asm__("$6") = c;
  register long a3 __asm__("$7");
  __asm__ volatile("syscall"
                   : "+r"(v0), "=r"(a3)
                   : "r"(a0), "r"(a1), "r"(a2)
                   : LOST);
  return a3 ? -v0 : v0;
}

static inline long trap4(int number, long a, const void *b, long c, long d) {
  register long v0 __asm__("$2") = number;
  register long a0 __asm__("$4") = a;
  register const void *a1 __asm__("$5") = b;
  register long a2 __asm__("$6") = c;
  register long a3 __asm__("$7") = d;
  __asm__ volatile("syscall"
                   : "+r"(v0), "+r"(a3)
                   : "r"(a0), "r"(a1), "r"(a2)
                   : LOST);
  return a3 ? -v0 : v0;
}

/* The numbers: arch/mips/kernel/syscalls/syscall_n64.tbl */

enum {
  SYS_read = 5000,
  SYS_write = 5001,
  SYS_close = 5003,
  SYS_rt_sigaction = 5013,
  SYS_sched_yield = 5023,
  SYS_pause = 5033,
  SYS_getpid = 5038,
  SYS_fork = 5056,
  SYS_exit = 5058,
  SYS_wait4 = 5059,
  SYS_getppid = 5108,
  SYS_pipe = 5287,
  SIGCHLD = 18,
  SIGSET_SIZE = 16,
};

/* The action: struct sigaction as the kernel reads it, include/linux/signal_types.h */

typedef void (*handler)(unsigned signal);

#define SIG_IGN ((handler)1)

struct sigaction {
  unsigned flags;
  handler handler;
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

__asm__("\t.globl _start\n"
        "_start:\n"
        "\tdaddiu $5, $sp, 16\n"
        "\tb begin\n");
