/*
 * race PLACE ROUNDS FILE: starts FILE as often, and sends it a SIGINT or a SIGTERM in turn, each
 * time a little later after its start. PLACE is first, for the first process of a PID namespace, or
 * ordinary.
 *
 * A program that does not end gets the signal again, each millisecond. For each round a line says
 * how it ended ("exit 0", "signal 15"), how often the signal was sent, and what stderr had, with
 * slashes for ends of lines.
 */

#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE = 5000 /* milliseconds */ };

static long nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000L + now.tv_nsec;
}

static pid_t start(int space, char *file, int *error) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC)) err(1, "pipe");
  pid_t child = syscall(SYS_clone, space | SIGCHLD, 0, 0, 0, 0);
  if (child < 0) err(1, "clone");
  if (child == 0) {
    dup2(ends[1], 2);
    execl(file, file, NULL);
    _exit(127);
  }
  close(ends[1]);
  *error = ends[0];
  return child;
}

/* Sends the signal until the child has ended. Returns how often. */
static int send(pid_t child, int signal, int *status) {
  for (int sent = 1; sent < PATIENCE; sent++) {
    kill(child, signal);
    for (int waited = 0; waited < 10; waited++) {
      if (waitpid(child, status, WNOHANG) == child) return sent;
      usleep(100);
    }
  }
  kill(child, SIGKILL);
  waitpid(child, status, 0);
  return PATIENCE;
}

static void report(int status, int sent, int error) {
  char text[256];
  ssize_t length = read(error, text, sizeof text - 1);
  text[length < 0 ? 0 : length] = 0;
  for (char *end = text; (end = strchr(end, '\n'));) *end = '/';
  const char *how = WIFSIGNALED(status) ? "signal" : "exit";
  int value = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
  printf("%s %d %d %s\n", how, value, sent, text);
}

int main(int count, char **words) {
  if (count != 4) return 1;
  int space = strcmp(words[1], "first") ? 0 : CLONE_NEWPID;
  for (long round = 0; round < atol(words[2]); round++) {
    int error, status;
    long began = nanoseconds();
    pid_t child = start(space, words[3], &error);
    /* Close together where programs start, and in the end long after it on a slow machine too. */
    while (nanoseconds() - began < round * round * 300) continue;
    int sent = send(child, round % 2 ? SIGINT : SIGTERM, &status);
    report(status, sent, error);
    close(error);
  }
}
