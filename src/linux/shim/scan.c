/* The processes that live, as /proc tells: one call, for there may be thousands. */
#include "shim.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Numbers of a row; real-kernel.ts has the same. */
enum { ROW_PID, ROW_PARENT, ROW_SESSION, ROW_START, ROW_NAMESPACE, ROW_LENGTH };

struct entry {
  uint64_t inode;
  int64_t offset;
  uint16_t length;
  uint8_t type;
  char name[];
};

/* Stays open: a scan must not fail for want of two descriptors. */
static int proc_fd = -1;

/* 1: a row was filled, 0: it does not live, -errno: it cannot be told. */
static int read_row(const char *name, const char *namespace, double *row) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "%s/stat", name);
  const int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT ? 0 : -errno;
  const ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length <= 0) return 0;
  text[length] = '\0';
  /* The command may hold anything, also a parenthesis. */
  const char *rest = strrchr(text, ')');
  char state = '\0';
  int parent = 0, session = 0;
  long threads = 0;
  unsigned long long start = 0;
  const char *const form = ") %c %d %*d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %ld %*d %llu";
  if (rest == NULL || sscanf(rest, form, &state, &parent, &session, &threads, &start) != 5) return 0;
  /* The first thread of one that lives on may have ended. */
  if ((state == 'Z' || state == 'X') && threads <= 1) return 0;
  struct stat found = {0};
  if (namespace[0] != '\0') {
    snprintf(path, sizeof path, "%s/ns/%.16s", name, namespace);
    if (fstatat(proc_fd, path, &found, 0) < 0) found.st_ino = 0;
  }
  row[ROW_PID] = atoi(name);
  row[ROW_PARENT] = parent;
  row[ROW_SESSION] = session;
  row[ROW_START] = (double)start;
  row[ROW_NAMESPACE] = (double)found.st_ino;
  return 1;
}

/*
 * scanProcesses(into: Float64Array, namespace): how many processes live, also where `into` has no room for all of them; with a name, each
 * row has the inode of that namespace (0: it may not be looked at).
 */
static napi_value scan_processes(napi_env env, napi_callback_info info) {
  struct call call;
  char namespace[PATH_MAX];
  _Alignas(struct entry) char entries[16 * 1024];
  call_open(&call, env, info);
  const struct span into = call_bytes(&call, 0);
  const int named = call_path(&call, 1, namespace);
  if (named < 0) return give_number(env, named);
  double *const rows = (double *)(void *)into.data;
  const size_t room = into.length / (ROW_LENGTH * sizeof(double));
  if (proc_fd < 0) proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (proc_fd < 0 || lseek(proc_fd, 0, SEEK_SET) < 0) return give_number(env, -errno);
  int64_t count = 0;
  for (;;) {
    const long length = syscall(SYS_getdents64, proc_fd, entries, sizeof entries);
    if (length < 0) return give_number(env, -errno);
    if (length == 0) return give_number(env, count);
    for (long at = 0; at < length;) {
      const struct entry *const entry = (const struct entry *)(const void *)(entries + at);
      at += entry->length;
      if (entry->name[0] < '1' || entry->name[0] > '9') continue;
      double beyond[ROW_LENGTH];
      const int filled = read_row(entry->name, namespace, (size_t)count < room ? rows + (size_t)count * ROW_LENGTH : beyond);
      if (filled < 0) return give_number(env, filled);
      count += filled;
    }
  }
}

/* inodeOf(fd): the number of what is open there. */
static napi_value inode_of(napi_env env, napi_callback_info info) {
  struct call call;
  struct stat found;
  call_open(&call, env, info);
  return give_number(env, fstat(call_int(&call, 0), &found) < 0 ? -errno : (int64_t)found.st_ino);
}

void define_scan(napi_env env, napi_value exports) {
  static const struct export list[] = {{"scanProcesses", scan_processes}, {"inodeOf", inode_of}};
  DEFINE_EXPORTS(env, exports, list);
}
