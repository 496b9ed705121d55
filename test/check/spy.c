/* Looks around in the cage, and tries what nobody in it may do. Prints one `name=value` each. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static void tell(const char *name, long value) { printf("%s=%ld\n", name, value); }

/* 0, or the errno. */
static void try(const char *name, long result) { tell(name, result < 0 ? errno : 0); }

static long capabilities(void) {
  struct { unsigned version; int pid; } header = {0x20080522, 0};
  struct { unsigned effective, permitted, inheritable; } data[2];
  if (syscall(SYS_capget, &header, data)) return -1;
  unsigned all = 0;
  for (int i = 0; i < 2; i++) all |= data[i].effective | data[i].permitted | data[i].inheritable;
  return all;
}

static void list_root(void) {
  DIR *root = opendir("/");
  printf("root=");
  for (struct dirent *entry; root && (entry = readdir(root));)
    if (entry->d_name[0] != '.') printf("%s ", entry->d_name);
  printf("\n");
}

static void look_for_network(void) {
  int devices = 0;
  struct if_nameindex *names = if_nameindex();
  for (struct if_nameindex *name = names; name && name->if_index; name++) devices++;
  tell("devices", devices);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(22)};
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  try("connect", connect(fd, (void *)&address, sizeof address));
}

static void count_open_files(void) {
  int count = 0;
  for (int fd = 3; fd < 1024; fd++) count += fcntl(fd, F_GETFD) >= 0;
  tell("files", count);
}

int main(int count, char **arguments) {
  char name[64] = "";
  gid_t groups[8];
  setvbuf(stdout, 0, _IONBF, 0);
  count_open_files();
  tell("pid", getpid());
  tell("uid", getuid() == geteuid() ? getuid() : -1);
  tell("gid", getgid() == getegid() ? getgid() : -1);
  tell("root_group", getgroups(8, groups) > 0 && groups[0] == 0);
  tell("capabilities", capabilities());
  tell("no_new_privs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  tell("arguments", count);
  printf("last=%s\n", arguments[count - 1]);
  for (char **entry = environ; *entry; entry++) printf("environment=%s\n", *entry);
  list_root();
  look_for_network();
  gethostname(name, sizeof name);
  try("write", open("/file", O_CREAT | O_WRONLY, 0600));
  try("overwrite", open("/pause", O_WRONLY));
  try("proc", open("/proc/self/status", O_RDONLY));
  try("parent", chdir("..") || open("etc/passwd", O_RDONLY) < 0 ? -1 : 0);
  try("chroot", chroot("/"));
  try("mount", mount("none", "/", "tmpfs", 0, 0));
  try("remount", mount("none", "/", 0, MS_REMOUNT | MS_BIND, 0));
  try("setuid", setuid(0));
  try("unshare_user", unshare(CLONE_NEWUSER));
  try("unshare_mount", unshare(CLONE_NEWNS));
  try("sethostname", sethostname("spy", 3));
  try("ptrace", ptrace(PTRACE_ATTACH, 2, 0, 0));
  try("memory", (long)mmap(0, 1 << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  long processes = 0;
  while (processes < 2000) {
    pid_t child = fork();
    if (child < 0) break;
    if (child == 0) { pause(); _exit(0); }
    processes++;
  }
  tell("processes", processes);
  static char line[4096];
  memset(line, 'x', sizeof line);
  for (int i = 0; i < 1000; i++)
    if (write(2, line, sizeof line) < 0) { tell("output", errno); break; }
  return 7;
}
