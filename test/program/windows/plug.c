/*
 * plug LINE: runs the line with pipes for its stdin and stdout. Reads its stdout to the end, which
 * is Windows's own and not a file of the emulator's, and only then writes `late` and ends its stdin.
 * Prints what was read, `|`, and the exit code.
 */
#include "child.h"

struct security {
  dword size;
  void *descriptor;
  int inherit;
};

IMPORT int WINAPI CloseHandle(handle object);
IMPORT int WINAPI CreatePipe(handle *reading, handle *writing, const struct security *security,
                             dword size);
IMPORT int WINAPI SetHandleInformation(handle object, dword mask, dword flags);

enum { INHERIT = 1 };

_Noreturn void start(void) {
  static const struct security inherited = {.size = sizeof inherited, .inherit = TRUE};
  static wide line[1024];
  handle input, into, output, out_of;
  dword length = 0;
  char bytes[256];
  const wide *words = arguments();
  while (is_blank(*words)) words++;
  for (int at = 0; (line[at] = words[at]); at++);

  if (!CreatePipe(&input, &into, &inherited, 0)) ExitProcess(97);
  if (!CreatePipe(&out_of, &output, &inherited, 0)) ExitProcess(97);
  SetHandleInformation(into, INHERIT, 0);
  SetHandleInformation(out_of, INHERIT, 0);
  handle process = start_child(line, 0, input, output, GetStdHandle(STDERR));
  CloseHandle(input);
  CloseHandle(output);

  while (ReadFile(out_of, bytes, sizeof bytes, &length, 0) && length) say(STDOUT, bytes, length);
  WriteFile(into, "late", 4, &length, 0);
  CloseHandle(into);
  SAY(STDOUT, "|");
  say_number(exit_code(process));
  ExitProcess(0);
}
