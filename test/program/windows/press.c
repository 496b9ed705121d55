/*
 * press FLAGS PROGRAM EVENT...: starts the program with these process creation flags, waits for a
 * byte on its stdin, and then has Windows tell the program of one console event after the other, as
 * Windows does it: by a thread at CtrlRoutine. Prints how the program took each: `goes on`, or the
 * exit code with which it ended.
 */
#include "child.h"

IMPORT handle WINAPI CreateRemoteThread(handle process, void *security, unsigned __int64 stack,
                                        void *entry, void *argument, dword flags, dword *id);
IMPORT handle WINAPI GetModuleHandleW(const wide *name);
IMPORT void *WINAPI GetProcAddress(handle module, const char *name);
IMPORT int WINAPI TerminateProcess(handle process, unsigned code);

/* Milliseconds that a program has to end after it was told of an event. */
enum { PATIENCE = 1000 };

static unsigned number(const wide **line) {
  wide digits[4];
  unsigned value = 0;
  int length = next_word(line, digits, 4);
  for (int at = 0; at < length; at++) value = value * 10 + (digits[at] - '0');
  return value;
}

static int is_gone(handle process) { return !WaitForSingleObject(process, PATIENCE); }

static void tell(handle process, unsigned __int64 event) {
  void *routine = GetProcAddress(GetModuleHandleW(L"kernelbase"), "CtrlRoutine");
  handle thread = CreateRemoteThread(process, 0, 0, routine, (void *)event, 0, 0);
  if (!routine || !thread) ExitProcess(98);
  WaitForSingleObject(thread, FOR_EVER);
}

_Noreturn void start(void) {
  static wide program[260];
  const wide *line = arguments();
  unsigned flags = number(&line);
  program[next_word(&line, program, 259)] = 0;
  handle process = start_child(program, flags, 0, GetStdHandle(STDOUT), GetStdHandle(STDERR));
  char byte;
  dword length;
  ReadFile(GetStdHandle(STDIN), &byte, 1, &length, 0);
  while (is_blank(*line)) {
    tell(process, number(&line));
    if (is_gone(process)) {
      say_number(exit_code(process));
      ExitProcess(0);
    }
    SAY(STDOUT, "goes on\n");
  }
  TerminateProcess(process, 0);
  ExitProcess(0);
}
