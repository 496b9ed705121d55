/*
 * What both programs share: the few declarations that they need of Windows, since no SDK is asked
 * for, the words of the command line, and writing a line.
 *
 * Windows gives a program one line, not words. The rules by which a line is split are those of
 * Microsoft's C runtime, which whoever starts a program counts on:
 * https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
 */
typedef __WCHAR_TYPE__ wide;
typedef unsigned long dword;
typedef void *handle;

#define WINAPI __stdcall
#define IMPORT __declspec(dllimport)

enum { FALSE, TRUE };
enum { STDIN = -10, STDOUT = -11, STDERR = -12 };

IMPORT wide *WINAPI GetCommandLineW(void);
IMPORT handle WINAPI GetStdHandle(dword which);
IMPORT int WINAPI WriteFile(handle file, const void *bytes, dword length, dword *written,
                            void *overlapped);
IMPORT _Noreturn void WINAPI ExitProcess(unsigned code);

/* A line as upstream's program writes it: the C runtime ends each with CR LF. */
#define LINE(text) text "\r\n"
#define SAY(file, text) say(file, text, sizeof text - 1)

static void say(dword file, const char *text, dword length) {
  dword written;
  WriteFile(GetStdHandle(file), text, length, &written, 0);
}

static inline int is_blank(wide character) { return character == ' ' || character == '\t'; }

/* The words that follow the program's name, in which a backslash is no more than that. */
static const wide *arguments(void) {
  const wide *line = GetCommandLineW();
  int quoted = FALSE;
  for (; *line && (quoted || !is_blank(*line)); line++) quoted ^= *line == '"';
  return line;
}

enum { NO_WORD = -1 };

/*
 * Takes the next word off the line. Keeps as many of its characters as there is room for, and
 * returns how many it has.
 */
static inline int next_word(const wide **line, wide *word, int room) {
  const wide *at = *line;
  int length = 0, quoted = FALSE, slashes = 0;
  while (is_blank(*at)) at++;
  if (!*at) return NO_WORD;
  for (; *at && (quoted || !is_blank(*at)); at++) {
    if (*at == '"') {
      int is_meant = slashes & 1;
      /* Of the backslashes before it, every other one only says how what follows is meant. */
      length -= (slashes + 1) / 2;
      slashes = 0;
      /* Two within quotation marks are one that is meant. */
      if (!is_meant && quoted && at[1] == '"') is_meant = TRUE, at++;
      if (!is_meant) {
        quoted = !quoted;
        continue;
      }
    }
    slashes = *at == '\\' ? slashes + 1 : 0;
    if (length < room) word[length] = *at;
    length++;
  }
  *line = at;
  return length;
}
