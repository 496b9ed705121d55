/*
 * launcher [OPTION]... FILE [ARGUMENT]...: becomes FILE, in circumstances that a shell cannot make.
 *
 *   -a           with no argument at all, not even FILE's name, and with -v as the environment
 *   -b SIGNAL    with this signal blocked
 *   -c COUNT     with children that die before, while and after FILE starts
 *   -i SIGNAL    with this signal ignored
 *   -s SIGNAL    where seccomp refuses rt_sigaction for this signal
 *   -w           where seccomp refuses to wait for a signal
 *   -z           with a child that is dead already, and not waited for
 */

#define _GNU_SOURCE
#include <err.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The lower half of the first argument. */
#define ARGUMENT (offsetof(struct seccomp_data, args) + 4 * (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__))
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define UNLESS(value, skipped) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skipped)
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, what)
#define REFUSED ANSWER(SECCOMP_RET_ERRNO | 1 /* EPERM */)
#define ALLOWED ANSWER(SECCOMP_RET_ALLOW)

static void filter(struct sock_filter *lines, unsigned short count) {
  struct sock_fprog program = {.len = count, .filter = lines};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) err(1, "no_new_privs");
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) err(1, "seccomp");
}

#define FILTER(...)                              \
  do {                                           \
    struct sock_filter lines[] = {__VA_ARGS__};  \
    filter(lines, sizeof lines / sizeof *lines); \
  } while (0)

static void refuse_action(unsigned signal) {
  FILTER(LOAD(offsetof(struct seccomp_data, nr)), UNLESS(SYS_rt_sigaction, 3), LOAD(ARGUMENT),
         UNLESS(signal, 1), REFUSED, ALLOWED);
}

static void refuse(unsigned call) {
  FILTER(LOAD(offsetof(struct seccomp_data, nr)), UNLESS(call, 1), REFUSED, ALLOWED);
}

/* The calls that pause is made of; QEMU waits in rt_sigsuspend for a guest that calls pause. */
static void refuse_wait(void) {
#ifdef SYS_pause
  refuse(SYS_pause);
#endif
  refuse(SYS_ppoll);
  refuse(SYS_rt_sigsuspend);
}

static void block(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  if (sigprocmask(SIG_BLOCK, &set, NULL)) err(1, "sigprocmask");
}

/* One ends every 25 microseconds: FILE takes its signals somewhere among them. */
static void make_children(int count) {
  for (int child = 0; child < count; child++)
    if (fork() == 0) {
      usleep(child * 25);
      _exit(0);
    }
}

static void make_zombie(void) {
  siginfo_t info;
  if (fork() == 0) _exit(0);
  if (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT)) err(1, "waitid");
}

int main(int count, char **words) {
  int option, bare = 0;
  char *nothing[] = {NULL}, *environment[] = {"-v", NULL};
  while ((option = getopt(count, words, "+ab:c:i:s:wz")) != -1) switch (option) {
      case 'a': bare = 1; break;
      case 'b': block(atoi(optarg)); break;
      case 'c': make_children(atoi(optarg)); break;
      case 'i': signal(atoi(optarg), SIG_IGN); break;
      case 's': refuse_action(atoi(optarg)); break;
      case 'w': refuse_wait(); break;
      case 'z': make_zombie(); break;
      default: return 1;
    }
  if (bare) execve(words[optind], nothing, environment);
  execvp(words[optind], words + optind);
  err(127, "%s", words[optind]);
}
