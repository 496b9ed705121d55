/*
 * wincat: connects its stdin and stdout to a TCP port. Port forwarding into a pod of Windows
 * containers runs it in the pod's sandbox, from where the pod's network can be reached.
 *
 * No C runtime, as in pause.c; what is needed of Windows is in wincat.*.def. What the program does,
 * and what shows it, is in docs/windows.md.
 */
#include "program.h"

typedef unsigned __int64 connection;

struct address {
  int flags, family, type, protocol;
  unsigned __int64 length;
  wide *name;
  void *address;
  struct address *next;
};

IMPORT int WINAPI CloseHandle(handle object);
IMPORT handle WINAPI CreateThread(void *security, unsigned __int64 stack,
                                  dword(WINAPI *entry)(void *), void *argument, dword flags,
                                  dword *id);
IMPORT dword WINAPI FormatMessageW(dword flags, const void *source, dword message, dword language,
                                   wide *text, dword room, void *arguments);
IMPORT int WINAPI GetExitCodeThread(handle thread, dword *code);
IMPORT dword WINAPI GetLastError(void);
IMPORT int WINAPI ReadFile(handle file, void *bytes, dword room, dword *length, void *overlapped);
IMPORT dword WINAPI WaitForSingleObject(handle object, dword milliseconds);
IMPORT int WINAPI WideCharToMultiByte(unsigned page, dword flags, const wide *text, int length,
                                      char *bytes, int room, const char *fallback, int *fell_back);

IMPORT int WINAPI GetAddrInfoW(const wide *host, const wide *port, const struct address *hints,
                               struct address **found);
IMPORT int WINAPI WSAGetLastError(void);
IMPORT int WINAPI WSAStartup(unsigned short version, void *data);
IMPORT int WINAPI closesocket(connection socket);
IMPORT int WINAPI connect(connection socket, const void *address, int length);
IMPORT int WINAPI recv(connection socket, char *bytes, int room, int flags);
IMPORT int WINAPI send(connection socket, const char *bytes, int length, int flags);
IMPORT int WINAPI setsockopt(connection socket, int level, int option, const void *value,
                             int length);
IMPORT int WINAPI shutdown(connection socket, int how);
IMPORT connection WINAPI socket(int family, int type, int protocol);

enum {
  SOCKETS_2_2 = 0x0202,
  SOCK_STREAM = 1,
  IPPROTO_TCP = 6,
  TCP_NODELAY = 1,
  SD_SEND = 1,
  ERROR_BROKEN_PIPE = 109,
  CP_UTF8 = 65001,
  /* FORMAT_MESSAGE_FROM_SYSTEM and _IGNORE_INSERTS, with spaces for line breaks. */
  SYSTEM_WORDS = 0x1000 | 0x200 | 0xff,
  FOR_EVER = -1,
};
#define NO_SOCKET (~(connection)0)

/* The exit codes. */
enum { DONE, TRANSFER_FAILED, WRONG_WORDS, UNKNOWN_HOST, NO_CONNECTION };

enum { CHUNK = 65536, LONGEST_HOST = 255, LONGEST_PORT = 5, LONGEST_WORDS = 160 };

/* Not on the stack: more than a page of it has to be probed, which is the C runtime's work. */
static char upward[CHUNK], downward[CHUNK], sockets[512];
static wide host[LONGEST_HOST + 1], port[LONGEST_PORT + 1];

static wide *append(wide *end, const char *more) {
  while (*more) *end++ = *more++;
  return end;
}

static wide *append_wide(wide *end, const wide *more) {
  while (*more) *end++ = *more++;
  return end;
}

static wide *append_number(wide *end, dword number) {
  wide digits[10], *first = digits + 10;
  do *--first = '0' + number % 10;
  while (number /= 10);
  while (first < digits + 10) *end++ = *first++;
  return end;
}

/* Both directions can have something to say at once, so the line is made on the stack. */
static dword fail(const char *what, const wide *whom, dword error, dword code) {
  wide text[600], *end = append_wide(append(text, what), whom);
  char bytes[3 * sizeof text / sizeof *text];
  end = append_number(append(end, ": error "), error);
  wide *words = append(end, ", ");
  dword length = FormatMessageW(SYSTEM_WORDS, 0, error, 0, words, LONGEST_WORDS, 0);
  while (length && (is_blank(words[length - 1]))) length--;
  if (length) end = words + length;
  end = append(end, "\r\n");
  say(STDERR, bytes, WideCharToMultiByte(CP_UTF8, 0, text, end - text, bytes, sizeof bytes, 0, 0));
  return code;
}

/* A name or an address. Windows takes IPv6 addresses with brackets too, as upstream's wants them. */
static int take_host(const wide **line) {
  int length = next_word(line, host, LONGEST_HOST);
  return length > 0 && length <= LONGEST_HOST;
}

static int take_port(const wide **line) {
  int length = next_word(line, port, LONGEST_PORT);
  dword number = 0;
  if (length > LONGEST_PORT) return FALSE;
  for (const wide *digit = port; *digit; digit++) {
    if (*digit < '0' || *digit > '9') return FALSE;
    number = number * 10 + (*digit - '0');
  }
  return number > 0 && number < 65536;
}

static int take_words(void) {
  const wide *line = arguments();
  return take_host(&line) && take_port(&line) && next_word(&line, 0, 0) == NO_WORD;
}

/* Tries all addresses in their order. Returns 0, or the last one's error. */
static dword connect_to(const struct address *found, connection *made) {
  static const int yes = TRUE;
  dword error = 0;
  for (; found; found = found->next) {
    *made = socket(found->family, found->type, found->protocol);
    if (*made != NO_SOCKET && !connect(*made, found->address, found->length)) {
      /* What comes in small pieces is not to wait for the other side's answer to the last one. */
      setsockopt(*made, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      return 0;
    }
    error = WSAGetLastError();
    if (*made != NO_SOCKET) closesocket(*made);
  }
  return error;
}

static int send_all(connection to, const char *from, int length) {
  for (int sent; length; from += sent, length -= sent)
    if ((sent = send(to, from, length, 0)) < 0) return FALSE;
  return TRUE;
}

static int write_all(handle file, const char *from, dword length) {
  for (dword written; length; from += written, length -= written)
    if (!WriteFile(file, from, length, &written, 0)) return FALSE;
  return TRUE;
}

/* Until stdin ends, of which the other side is told. It runs on a thread of its own. */
static dword WINAPI send_stdin(void *argument) {
  connection to = (connection)argument;
  handle input = GetStdHandle(STDIN);
  dword length, code = DONE;
  for (;;) {
    if (!ReadFile(input, upward, CHUNK, &length, 0)) {
      dword error = GetLastError();
      /* That is how a pipe ends; a file ends with nothing read. */
      if (error != ERROR_BROKEN_PIPE) code = fail("Cannot read stdin", L"", error, TRANSFER_FAILED);
      break;
    }
    if (!length) break;
    if (!send_all(to, upward, length))
      return fail("Cannot write to the connection", L"", WSAGetLastError(), TRANSFER_FAILED);
  }
  shutdown(to, SD_SEND);
  return code;
}

/* Until the other side ends, of which the reader of stdout is told. */
static dword receive_stdout(connection from) {
  handle output = GetStdHandle(STDOUT);
  for (int length; (length = recv(from, downward, CHUNK, 0));) {
    if (length < 0)
      return fail("Cannot read from the connection", L"", WSAGetLastError(), TRANSFER_FAILED);
    if (!write_all(output, downward, length))
      return fail("Cannot write to stdout", L"", GetLastError(), TRANSFER_FAILED);
  }
  CloseHandle(output);
  return DONE;
}

static dword carry(connection both) {
  handle sending = CreateThread(0, 0, send_stdin, (void *)both, 0, 0);
  if (!sending) return fail("Cannot start a thread", L"", GetLastError(), TRANSFER_FAILED);
  dword code = receive_stdout(both);
  /* With one direction broken, the other one has nothing to wait for. */
  if (code != DONE) return code;
  WaitForSingleObject(sending, FOR_EVER);
  GetExitCodeThread(sending, &code);
  return code;
}

static dword wincat(void) {
  static const struct address hints = {.type = SOCK_STREAM, .protocol = IPPROTO_TCP};
  struct address *found;
  connection made;
  if (!take_words()) {
    SAY(STDERR, LINE("Usage: wincat HOST PORT"));
    return WRONG_WORDS;
  }
  dword error = WSAStartup(SOCKETS_2_2, sockets);
  if (error) return fail("Cannot use sockets", L"", error, NO_CONNECTION);
  error = GetAddrInfoW(host, port, &hints, &found);
  if (error) return fail("Cannot find ", host, error, UNKNOWN_HOST);
  error = connect_to(found, &made);
  if (error) return fail("Cannot connect to ", host, error, NO_CONNECTION);
  return carry(made);
}

_Noreturn void start(void) { ExitProcess(wincat()); }
