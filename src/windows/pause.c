/*
 * pause: holds the namespaces of a pod of Windows containers, ends on the console's events.
 *
 * No C runtime: Windows enters `start`, and all that it needs is in kernel32, see
 * pause.kernel32.def. What the program does, and what shows it, is in docs/windows.md.
 */

/* -DVERSION=v3.10.2, bare. No other macro is defined before its use: a version could contain it. */
#ifndef VERSION
#define VERSION HEAD
#endif
#define STRING(token) #token
#define VERSION_LINE(version) "pause.c " STRING(version) "\r\n"

static const char version[] = VERSION_LINE(VERSION);

#include "program.h"

typedef int(WINAPI *handler)(dword event);

IMPORT int WINAPI SetConsoleCtrlHandler(handler handler, int add);
IMPORT void WINAPI Sleep(dword milliseconds);

enum {
  CTRL_LOGOFF_EVENT = 5,
  FOR_EVER = -1,
  HANDLER_REFUSED = 1,
};

/*
 * CTRL_SHUTDOWN is what engines make of SIGTERM, and what comes when the container is shut down;
 * the others come from `kill --signal` and from consoles. Left to Windows, each ends the program with
 * 0xC000013A, which looks like a failure. That some user has logged off is told to all services, and
 * is no reason to end a pod. The handler has a thread of its own, and five seconds:
 * https://learn.microsoft.com/windows/console/handlerroutine
 */
static int WINAPI on_event(dword event) {
  if (event != CTRL_LOGOFF_EVENT) {
    SAY(STDERR, LINE("Shutting down, got signal"));
    ExitProcess(0);
  }
  return TRUE;
}

static int is_version_flag(const wide *word, int length) {
  return length == 2 && word[0] == '-' && (word[1] | 0x20) == 'v';
}

_Noreturn void start(void) {
  const wide *line = arguments();
  wide word[2];
  for (int length; (length = next_word(&line, word, 2)) != NO_WORD;)
    if (is_version_flag(word, length)) {
      SAY(STDOUT, version);
      ExitProcess(0);
    }

  if (!SetConsoleCtrlHandler(on_event, TRUE)) {
    SAY(STDOUT, LINE("\r\nERROR: Could not set control handler"));
    ExitProcess(HANDLER_REFUSED);
  }
  /* Who starts a program in a process group of its own has it ignore CTRL_C. */
  SetConsoleCtrlHandler(0, FALSE);

  for (;;) Sleep(FOR_EVER);
}
