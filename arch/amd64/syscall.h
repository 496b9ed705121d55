/*
 * Linux on x86-64: System V ABI, AMD64 Architecture Processor Supplement, A.2.1 "Calling
 * Conventions" (Linux kernel) and 3.4.1 "Initial Stack and Register State".
 *
 *   number  rax          result  rax, negative: -errno
 *   args    rdi rsi rdx r10       lost    rcx r11
 */

/* The trap */

/* push and pop of a small number take 3 bytes, mov takes 5. The red zone is off, see target.ts. */
#define TRAP "push %[number]\n\tpop %%rax\n\tsyscall"

static inline int trap0(int number) {
  int result;
  __asm__ volatile(TRAP : "=&a"(result) : [number] "i"(number) : "rcx", "r11", "memory");
  return result;
}

static inline int trap1(int number, long a) {
  int result;
  __asm__ volatile(TRAP
                   : "=&a"(result)
                   : [number] "i"(number), "D"(a)
                   : "rcx", "r11", "memory");
  return result;
}

static inline int trap3(int number, long a, const void *b, long c) {
  int result;
  __asm__ volatile(TRAP
                   : "=&a"(result)
                   : [number] "i"(number), "D"(a), "S"(b), "d"(c)
                   : "rcx", "r11", "memory");
  return result;
}

static inline int trap4(int number, long a, const void *b, long c, long d) {
  register long r10 __asm__("r10") = d;
  int result;
  __asm__ volatile(TRAP
                   : "=&a"(result)
                   : [number] "i"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                   : "rcx", "r11", "memory");
  return result;
}

/* The numbers: arch/x86/entry/syscalls/syscall_64.tbl */

enum {
  SYS_write = 1,
  SYS_rt_sigaction = 13,
  SYS_pause = 34,
  SYS_getpid = 39,
  SYS_exit = 60,
  SYS_wait4 = 61,
  SIGCHLD = 17,
  SIGSET_SIZE = 8,
};

typedef void (*handler)(unsigned signal);
#define SIG_IGN ((handler)1)
struct sigaction { handler handler; unsigned long flags; void *restorer; unsigned long mask; };
static inline struct sigaction *handle_with(handler handler, struct sigaction *space) { (void)space; struct sigaction *p;
 __asm__ volatile("push %2\npush %1\nmov %%rsp,%0" : "=r"(p) : "i"(handler), "i"(0x4000000) : "memory"); return p; }
static inline const char *next(const char *const **p) { const char *r; __asm__ volatile("lodsq" : "=a"(r), "+S"(*p)); return r; }
static inline int wait_for_signal(void) { return trap0(SYS_pause); }
__asm__(".globl _start\n_start:\n"
        "\tlea 16(%rsp), %rsi\n"
        "\tjmp begin\n");
