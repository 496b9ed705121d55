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
static int next_word(const wide **line, wide *word, int room) {
  const wide *at = *line;
  int length = 0, quoted = FALSE;
  while (is_blank(*at)) at++;
  if (!*at) return NO_WORD;

  while (*at && (quoted || !is_blank(*at))) {
    int slashes = 0, kept;
    while (*at == '\\') slashes++, at++;
    /* Before a quotation mark a backslash takes the meaning from what follows it, and is gone. */
    kept = *at == '"' ? slashes / 2 : slashes;
    for (; kept > 0; kept--, length++)
      if (length < room) word[length] = '\\';
    if (*at == '"' && !(slashes & 1)) {
      /* Two within quotation marks are one that is meant. */
      if (!quoted || at[1] != '"') {
        quoted = !quoted, at++;
        continue;
      }
      at++;
    } else if (*at != '"' && slashes) {
      continue;
    }
    if (length < room) word[length] = *at;
    length++, at++;
  }
  *line = at;
  return length;
}
