/*
 * A pause program with a libc, as somebody else might write it, and many that are wrong in one way
 * each. The macro that is defined says in which; with none it is as good as ours.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(int fd, const char *line) {
  long written = write(fd, line, strlen(line));
#ifdef NEEDS_STDERR
  if (written < 0) _exit(1);
#endif
  (void)written;
}

static void reap(int signal) {
#ifdef REAPS_ONE
  waitpid(-1, 0, WNOHANG);
#else
  while (waitpid(-1, 0, WNOHANG) > 0);
#endif
  (void)signal;
}

static void end(int signal) {
#ifdef SLOW_TERM
  if (signal == SIGTERM) sleep(3);
#endif
  say(2, signal == SIGINT ? "got Interrupt\n" : "got Terminated\n");
#ifdef TERM_CODE
  if (signal == SIGTERM) _exit(143);
#endif
  _exit(0);
}

static void handle(int signal, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_NOCLDSTOP | SA_RESTART};
  if (sigaction(signal, &action, 0)) _exit(1);
}

static int asks_version(int count, char **arguments) {
#if defined FIRST_ARGUMENT_ONLY
  return count == 2 && !strcasecmp(arguments[1], "-v");
#elif defined UPPER_CASE_ONLY
  while (--count > 0)
    if (!strcmp(arguments[count], "-V")) return 1;
  return 0;
#else
  while (--count > 0)
    if (!strcasecmp(arguments[count], "-v")) return 1;
  return 0;
#endif
}

int main(int count, char **arguments) {
  if (asks_version(count, arguments)) {
#ifdef OTHER_VERSION
    say(1, "something 1.0\n");
#else
    say(1, "pause.c v3\n");
#endif
    return 0;
  }
#ifdef EXITS
  return 3;
#endif
#ifdef CRASHES
  abort();
#endif
#ifndef IGNORES_INT
  handle(SIGINT, end);
#endif
#ifndef IGNORES_TERM
  handle(SIGTERM, end);
#endif
#if !defined REAPS_ONCE && !defined REAPS_NEVER
  handle(SIGCHLD, reap);
#endif
#ifdef DIES_OF_HUP
  handle(SIGHUP, end);
#endif
#ifdef DIES_OF_CONT
  handle(SIGCONT, end);
#endif
#if !defined REAPS_LATE && !defined REAPS_NEVER
  while (waitpid(-1, 0, WNOHANG) > 0);
#endif
#ifdef EXITS_SOON
  usleep(250000);
  return 4;
#endif
#ifdef FORKS
  for (;;) fork();
#endif
  for (;;) {
#if defined BUSY
    ;
#elif defined POLLS
    usleep(20000);
#else
    pause();
#endif
  }
}
