/* words: prints the words of each line on its stdin, as our programs read them: `[a b][c]`. */
#include "../../../src/windows/program.h"

IMPORT int WINAPI ReadFile(handle file, void *bytes, dword room, dword *length, void *overlapped);

enum { ROOM = 64 };

static void say_words(const wide *line) {
  wide word[ROOM];
  char bytes[ROOM];
  for (int length; (length = next_word(&line, word, ROOM)) != NO_WORD;) {
    for (int at = 0; at < length; at++) bytes[at] = word[at];
    SAY(STDOUT, "[");
    say(STDOUT, bytes, length);
    SAY(STDOUT, "]");
  }
  SAY(STDOUT, "\n");
}

_Noreturn void start(void) {
  static wide line[256];
  dword length;
  char byte;
  int end = 0;
  while (ReadFile(GetStdHandle(STDIN), &byte, 1, &length, 0) && length) {
    line[end] = byte == '\n' ? 0 : byte;
    end = byte == '\n' ? 0 : end + 1;
    if (!end) say_words(line);
  }
  /* This one is not for itself. */
  ExitProcess(*arguments() ? 1 : 0);
}
