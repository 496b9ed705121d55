/*
 * What pause does, written with a C library: the reference that the bench puts beside ours. It has
 * a handler for SIGCHLD that collects the dead, the usual way. It writes with write(2) alone, so
 * that the library adds to it no more than it must.
 *
 *   cc -Os -static -s -DVERSION=v3.10.2 pause.c
 */

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXT_OF(token) #token
#define TEXT(token) TEXT_OF(token)

static void say(int fd, const char *line) {
  if (write(fd, line, strlen(line)) < 0) return;
}

static void end(int signal) {
  say(STDERR_FILENO, "Shutting down, got signal: ");
  say(STDERR_FILENO, signal == SIGINT ? "Interrupt\n" : "Terminated\n");
  _exit(0);
}

static void collect(int signal) {
  (void)signal;
  pid_t dead;
  do dead = waitpid(-1, NULL, WNOHANG);
  while (dead > 0);
}

/* In the order of the exit codes for a handler that the kernel refuses: 1, 2, 3. */
static const struct {
  int signal, flags;
  void (*handler)(int);
} REACTIONS[] = {{SIGINT, 0, end}, {SIGTERM, 0, end}, {SIGCHLD, SA_NOCLDSTOP, collect}};

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++)
    if (!strcmp(argv[i], "-v") || !strcmp(argv[i], "-V")) {
      say(STDOUT_FILENO, "pause.c " TEXT(VERSION) "\n");
      return 0;
    }
  if (getpid() != 1) say(STDERR_FILENO, "Warning: pause should be the first process\n");
  for (int i = 0; i < 3; i++) {
    struct sigaction action = {.sa_handler = REACTIONS[i].handler, .sa_flags = REACTIONS[i].flags};
    if (sigaction(REACTIONS[i].signal, &action, NULL)) return i + 1;
  }
  for (;;) pause();
  return 42;
}
