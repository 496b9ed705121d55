/*
 * Linux on 64-bit POWER, little-endian: "64-Bit ELF V2 ABI Specification", 2.2 and 2.3; the
 * kernel's Documentation/arch/powerpc/syscall64-abi.rst.
 *
 *   number  r0
 *   args    r3 r4 r5 r6
 *   result  r3; with cr0.SO set: errno
 *   lost    r4 to r12, cr0, ctr, xer
 */

/* The trap */

/* Errors come as a positive number and a flag. */
#define TRAP "sc\n\tbns+ 1f\n\tneg 3, 3\n1:"
#define LOST "r7", "r8", "r9", "r10", "r11", "r12", "cr0", "ctr", "xer", "memory"

static inline long trap0(int number) {
  register long r0 __asm__("r0") = number;
  register long r3 __asm__("r3");
  __asm__ volatile(TRAP
                   : "+r"(r0), "=r"(r3)
                   :
                   : "r4", "r5", "r6", LOST);
  return r3;
}

static inline long trap1(int number, long a) {
  register long r0 __asm__("r0") = number;
  register long r3 __asm__("r3") = a;
  __asm__ volatile(TRAP
                   : "+r"(r0), "+r"(r3)
                   :
                   : "r4", "r5", "r6", LOST);
  return r3;
}

static inline long trap3(int number, long a, const void *b, long c) {
  register long r0 __asm__("r0") = number;
  register long r3 __asm__("r3") = a;
  register const void *r4 __asm__("r4") = b;
  register long r5 __asm__("r5") = c;
  __asm__ volatile(TRAP
                   : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5)
                   :
                   : "r6", LOST);
  return r3;
}

static inline long trap4(int number, long a, const void *b, long c, long d) {
  register long r0 __asm__("r0") = number;
  register long r3 __asm__("r3") = a;
  register const void *r4 __asm__("r4") = b;
  register long r5 __asm__("r5") = c;
  register long r6 __asm__("r6") = d;
  __asm__ volatile(TRAP
                   : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6)
                   :
                   : LOST);
  return r3;
}

/* The numbers: arch/powerpc/kernel/syscalls/syscall.tbl */

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
  SYS_rt_sigaction = 173,
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

static inline void wait_for_signal(void) { trap0(SYS_pause); }

/* The start */

/* r2 points to the table of contents, and a caller has a frame in which to keep lr. */
__asm__("\t.globl _start\n"
        "_start:\n"
        "\tlis 2, .TOC.@ha\n"
        "\taddi 2, 2, .TOC.@l\n"
        "\taddi 4, 1, 16\n"
        "\tstdu 1, -32(1)\n"
        "\tb begin\n");
