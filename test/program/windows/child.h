/* What the helpers of the tests share: starting a program with pipes or files of the helper's choice. */
#include "../../../src/windows/program.h"

struct startup {
  dword size;
  wide *reserved, *desktop, *title;
  dword x, y, width, height, columns, rows, fill, flags;
  unsigned short show, more;
  unsigned char *data;
  handle input, output, errors;
};

struct process {
  handle process, thread;
  dword process_id, thread_id;
};

IMPORT int WINAPI CreateProcessW(const wide *program, wide *line, void *process_security,
                                 void *thread_security, int inherit, dword flags,
                                 void *environment, const wide *directory,
                                 const struct startup *startup, struct process *process);
IMPORT int WINAPI GetExitCodeProcess(handle process, dword *code);
IMPORT int WINAPI ReadFile(handle file, void *bytes, dword room, dword *length, void *overlapped);
IMPORT dword WINAPI WaitForSingleObject(handle object, dword milliseconds);

enum { USE_HANDLES = 0x100, FOR_EVER = -1 };

static void say_number(dword number) {
  char digits[10], *first = digits + 10;
  do *--first = '0' + number % 10;
  while (number /= 10);
  say(STDOUT, first, digits + 10 - first);
}

/* Starts what stands on the line, or ends with 99. */
static handle start_child(wide *line, dword flags, handle input, handle output, handle errors) {
  static struct startup startup = {.size = sizeof startup, .flags = USE_HANDLES};
  static struct process process;
  startup.input = input, startup.output = output, startup.errors = errors;
  if (!CreateProcessW(0, line, 0, 0, TRUE, flags, 0, 0, &startup, &process)) ExitProcess(99);
  return process.process;
}

static dword exit_code(handle process) {
  dword code;
  WaitForSingleObject(process, FOR_EVER);
  GetExitCodeProcess(process, &code);
  return code;
}
