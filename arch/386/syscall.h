/*
 * Linux on i386: System V ABI, "Intel386 Architecture Processor Supplement", 3 "Process
 * Initialization"; the kernel's arch/x86/entry/entry_32.S. int 0x80 and not sysenter: every kernel
 * and emulator has it, and nothing here is in a hurry.
 *
 *   number  eax          result  eax, negative: -errno
 *   args    ebx ecx edx esi      lost    nothing else
 */

/* The trap */

/* push and pop of a small number take 3 bytes, mov takes 5. */
#define TRAP "push %[number]\n\tpop %%eax\n\tint $0x80"

static inline long trap0(int number) {
  long result;
  __asm__ volatile(TRAP : "=&a"(result) : [number] "i"(number) : "memory");
  return result;
}

static inline long trap1(int number, long a) {
  long result;
  __asm__ volatile(TRAP : "=&a"(result) : [number] "i"(number), "b"(a) : "memory");
  return result;
}

static inline long trap3(int number, long a, const void *b, long c) {
  long result;
  __asm__ volatile(TRAP
                   : "=&a"(result)
                   : [number] "i"(number), "b"(a), "c"(b), "d"(c)
                   : "memory");
  return result;
}

static inline long trap4(int number, long a, const void *b, long c, long d) {
  long result;
  __asm__ volatile(TRAP
                   : "=&a"(result)
                   : [number] "i"(number), "b"(a), "c"(b), "d"(c), "S"(d)
                   : "memory");
  return result;
}

/* The numbers: arch/x86/entry/syscalls/syscall_32.tbl */

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

__asm__(".globl _start\n"
        "_start:\n"
        "\tlea 8(%esp), %eax\n"
        "\tpush %eax\n"
        "\tpush %eax\n"
        "\tcall begin\n");
