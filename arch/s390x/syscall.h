/*
 * Linux on z/Architecture: "ELF Application Binary Interface s390x Supplement", 1.2 "Function
 * Calling Sequence" and 1.3.3 "Process Initialization"; the kernel's arch/s390/kernel/syscall.c.
 *
 *   number  in svc itself
 *   args    r2 r3 r4 r5
 *   result  r2, negative: -errno
 *   lost    nothing else
 */

/* The trap */

static inline long trap0(int number) {
  register long r2 __asm__("r2");
  __asm__ volatile("svc %[number]"
                   : "=r"(r2)
                   : [number] "i"(number)
                   : "memory");
  return r2;
}

static inline long trap1(int number, long a) {
  register long r2 __asm__("r2") = a;
  __asm__ volatile("svc %[number]"
                   : "+r"(r2)
                   : [number] "i"(number)
                   : "memory");
  return r2;
}

static inline long trap3(int number, long a, const void *b, long c) {
  register long r2 __asm__("r2") = a;
  register const void *r3 __asm__("r3") = b;
  register long r4 __asm__("r4") = c;
  __asm__ volatile("svc %[number]"
                   : "+r"(r2)
                   : [number] "i"(number), "r"(r3), "r"(r4)
                   : "memory");
  return r2;
}

static inline long trap4(int number, long a, const void *b, long c, long d) {
  register long r2 __asm__("r2") = a;
  register const void *r3 __asm__("r3") = b;
  register long r4 __asm__("r4") = c;
  register long r5 __asm__("r5") = d;
  __asm__ volatile("svc %[number]"
                   : "+r"(r2)
                   : [number] "i"(number), "r"(r3), "r"(r4), "r"(r5)
                   : "memory");
  return r2;
}

/* The numbers: arch/s390/kernel/syscalls/syscall.tbl */

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

/* A caller has 160 bytes in which to keep registers. */
__asm__("\t.globl _start\n"
        "_start:\n"
        "\tla %r3, 16(%r15)\n"
        "\taghi %r15, -160\n"
        "\tj begin\n");
