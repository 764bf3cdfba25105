/*
 * Records of running sandboxes, one file each. The launcher creates and locks it, the keeper shares the lock by inheritance:
 * a record nobody holds locked is of a sandbox whose processes were all killed, and is swept with its cgroup. The directory
 * itself is locked while records are made and swept.
 */
#include "launcher.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct facts {
  int launcher, keeper, init;
  long started;
  char cgroup[PATH_MAX], root[PATH_MAX], keep[PATH_MAX];
};

static int open_directory(void) {
  char path[PATH_MAX];
  if (geteuid() == 0) {
    snprintf(path, sizeof path, "/run/peinit-sandbox");
  } else {
    const char *base = getenv("XDG_RUNTIME_DIR");
    char usual[64];
    snprintf(usual, sizeof usual, "/run/user/%u", geteuid());
    if (!base || base[0] != '/') base = usual;
    if (access(base, W_OK) < 0) fail(STATUS_HOST, "cannot write to %s: %m. Set XDG_RUNTIME_DIR to a directory of yours.", base);
    snprintf(path, sizeof path, "%s/peinit-sandbox", base);
  }
  int error = make_directories(path, 0755);
  if (error < 0) {
    errno = -error;
    fail(STATUS_HOST, "cannot make %s for the records of sandboxes: %m", path);
  }
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) fail(STATUS_HOST, "cannot open %s: %m", path);
  return fd;
}

/* One line for each fact: name, space, value; the rest of the line. A newline in a path becomes a question mark. */
static bool read_facts(int fd, struct facts *facts) {
  char text[3 * PATH_MAX + 512];
  ssize_t length = pread(fd, text, sizeof text - 1, 0);
  if (length <= 0) return false;
  text[length] = '\0';
  *facts = (struct facts){0};
  for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
    char *value = strchr(line, ' ');
    if (!value) continue;
    *value++ = '\0';
    if (strcmp(line, "launcher") == 0) facts->launcher = atoi(value);
    else if (strcmp(line, "keeper") == 0) facts->keeper = atoi(value);
    else if (strcmp(line, "pid") == 0) facts->init = atoi(value);
    else if (strcmp(line, "started") == 0) facts->started = atol(value);
    else if (strcmp(line, "cgroup") == 0) snprintf(facts->cgroup, sizeof facts->cgroup, "%s", value);
    else if (strcmp(line, "root") == 0) snprintf(facts->root, sizeof facts->root, "%s", value);
    else if (strcmp(line, "keep") == 0) snprintf(facts->keep, sizeof facts->keep, "%s", value);
  }
  return facts->launcher > 0;
}

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }
static int visible(const struct dirent *entry) { return entry->d_name[0] != '.'; }

/* Calls `found` for the record of every sandbox that lives, by name, and removes what dead ones left. Holds the directory's lock.
   Whether there is one that lives. */
static bool visit(int directory, void (*found)(const char *name, const struct facts *facts, bool first)) {
  struct dirent **entries;
  int count = scandirat(directory, ".", &entries, visible, by_name);
  bool first = true;
  for (int i = 0; i < count; i++) {
    const char *name = entries[i]->d_name;
    struct facts facts;
    int fd = openat(directory, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) continue;
    bool readable = read_facts(fd, &facts);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
      if (readable && found) found(name, &facts, first);
      first = first && !readable;
    } else {
      int error = readable && facts.cgroup[0] ? cgroup_remove_path(facts.cgroup) : 0;
      if (error < 0) {
        errno = -error;
        say("warning: cannot remove the cgroup %s that the killed sandbox %s left: %m", facts.cgroup, name);
      } else {
        unlinkat(directory, name, 0);
      }
    }
    close(fd);
    free(entries[i]);
  }
  if (count >= 0) free(entries);
  return !first;
}

static int lock_directory(void) {
  int directory = open_directory();
  while (flock(directory, LOCK_EX) < 0)
    if (errno != EINTR) fail(STATUS_FAILED, "cannot lock the directory of records: %m");
  return directory;
}

/* Its parent need not have seen yet that it has ended. */
static bool is_gone(pid_t process) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/%d/stat", process);
  if (read_text(AT_FDCWD, path, text, sizeof text) < 0) return true;
  const char *name_end = strrchr(text, ')');
  return name_end && (name_end[2] == 'Z' || name_end[2] == 'X');
}

/* Without its launcher a machine is being killed by its keeper, which removes the record when all is gone. */
static bool is_ending(int directory, const char *name) {
  struct facts facts;
  int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return true;
  bool ending = !read_facts(fd, &facts) || is_gone(facts.launcher);
  close(fd);
  return ending;
}

bool wait_for_end(int *waited_ms) {
  static const int step_ms = 20, longest_ms = 10000;
  if (*waited_ms >= longest_ms) return false;
  *waited_ms += step_ms;
  nanosleep(&(struct timespec){.tv_nsec = step_ms * 1000000L}, NULL);
  return true;
}

void record_claim(struct machine *machine) {
  struct record *record = &machine->record;
  record->directory = lock_directory();
  snprintf(record->name, sizeof record->name, "%s", machine->options.name);
  for (int waited_ms = 0;;) {
    visit(record->directory, NULL);
    record->fd = openat(record->directory, record->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (record->fd >= 0 || errno != EEXIST || !is_ending(record->directory, record->name)) break;
    flock(record->directory, LOCK_UN);
    bool waited = wait_for_end(&waited_ms);
    close(record->directory);
    record->directory = lock_directory();
    errno = EEXIST;
    if (!waited) break;
  }
  if (record->fd < 0 && errno == EEXIST)
    fail(STATUS_REFUSED, "a sandbox named %s is running. Choose another --name; peinit-sandbox list shows them.", record->name);
  if (record->fd < 0 || flock(record->fd, LOCK_EX) < 0) fail(STATUS_FAILED, "cannot make the record of sandbox %s: %m", record->name);
  record_write(machine, 0, 0);
  flock(record->directory, LOCK_UN);
}

/* Whether another machine that lives keeps its changes in the directory that is open there. */
bool record_keeps(const struct record *own, int keep) {
  struct dirent **entries;
  struct stat wanted, info;
  bool found = false;
  int count = fstat(keep, &wanted) < 0 ? -1 : scandirat(own->directory, ".", &entries, visible, by_name);
  for (int i = 0; i < count; i++) {
    struct facts facts;
    const char *name = entries[i]->d_name;
    int fd = strcmp(name, own->name) == 0 ? -1 : openat(own->directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0 && read_facts(fd, &facts) && facts.keep[0] && stat(facts.keep, &info) == 0)
      found = found || (info.st_dev == wanted.st_dev && info.st_ino == wanted.st_ino && !is_gone(facts.launcher));
    if (fd >= 0) close(fd);
    free(entries[i]);
  }
  if (count >= 0) free(entries);
  return found;
}

static void one_line(char *into, const char *path) {
  snprintf(into, PATH_MAX, "%s", path);
  for (char *c = into; *c; c++)
    if (*c == '\n') *c = '?';
}

/* Process ids are 0 until there is one. */
void record_write(struct machine *machine, pid_t keeper, pid_t init) {
  static pid_t launcher;
  static long started;
  char text[3 * PATH_MAX + 512], root[PATH_MAX], keep[PATH_MAX];
  if (!launcher) {
    launcher = getpid();
    started = time(NULL);
  }
  one_line(root, machine->options.root ? machine->options.root : "/");
  one_line(keep, machine->options.keep ? machine->options.keep : "");
  static const char format[] = "launcher %d\nkeeper %d\npid %d\nstarted %ld\ncgroup %s\nroot %s\nkeep %s\n";
  int length = snprintf(text, sizeof text, format, launcher, keeper, init, started, machine->cgroup.path, root, keep);
  if (pwrite(machine->record.fd, text, (size_t)length, 0) != length || ftruncate(machine->record.fd, length) < 0)
    fail(STATUS_FAILED, "cannot write the record of sandbox %s: %m", machine->record.name);
}

void record_remove(struct record *record) { unlinkat(record->directory, record->name, 0); }

static void print_row(const char *name, const struct facts *facts, bool first) {
  char when[32];
  struct tm local;
  strftime(when, sizeof when, "%F %T", localtime_r(&facts->started, &local));
  if (first) printf("%-24s %8s  %-19s  %s\n", "NAME", "PID", "STARTED", "ROOT");
  printf("%-24s %8d  %-19s  %s%s%s\n", name, facts->init, when, facts->root, facts->keep[0] ? ", kept in " : "", facts->keep);
}

static void print_json_text(const char *text) {
  putchar('"');
  for (const char *c = text; *c; c++) {
    if (*c == '"' || *c == '\\') printf("\\%c", *c);
    else if ((unsigned char)*c < 0x20) printf("\\u%04x", *c);
    else putchar(*c);
  }
  putchar('"');
}

static void print_json(const char *name, const struct facts *facts, bool first) {
  char when[32];
  struct tm utc;
  strftime(when, sizeof when, "%FT%TZ", gmtime_r(&facts->started, &utc));
  printf("%s{\"name\":", first ? "" : ",");
  print_json_text(name);
  printf(",\"pid\":");
  if (facts->init) printf("%d", facts->init);
  else printf("null");
  printf(",\"launcher_pid\":%d,\"keeper_pid\":%d,\"started_at\":\"%s\",\"cgroup\":", facts->launcher, facts->keeper, when);
  if (facts->cgroup[0]) print_json_text(facts->cgroup);
  else printf("null");
  printf(",\"root\":");
  print_json_text(facts->root);
  printf(",\"keep\":");
  if (facts->keep[0]) print_json_text(facts->keep);
  else printf("null");
  putchar('}');
}

int record_list(bool json) {
  int directory = lock_directory();
  if (json) printf("{\"sandboxes\":[");
  bool any = visit(directory, json ? print_json : print_row);
  if (json) printf("]}\n");
  else if (!any) say("no sandbox is running");
  close(directory);
  return fflush(stdout) == 0 ? 0 : STATUS_FAILED;
}

/* PID 1 of a running sandbox, and descriptors of it and of its cgroup (-1: it has none). */
pid_t record_find(const char *name, int *pidfd, int *cgroup) {
  struct facts facts;
  struct stat info;
  int directory = open_directory();
  int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  close(directory);
  if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) == 0 || !read_facts(fd, &facts))
    fail(STATUS_REFUSED, "no sandbox named %s is running; peinit-sandbox list shows them", name);
  if (!facts.init) fail(STATUS_REFUSED, "sandbox %s has not begun to boot yet; try again", name);
  *pidfd = (int)syscall(SYS_pidfd_open, facts.init, 0);
  /* The keeper removes the record before it reaps PID 1: while the record is there, the number is PID 1's. */
  if (*pidfd < 0 || fstat(fd, &info) < 0 || info.st_nlink == 0) fail(STATUS_REFUSED, "sandbox %s has just ended", name);
  *cgroup = facts.cgroup[0] ? open(facts.cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (*cgroup < 0 && facts.cgroup[0]) fail(STATUS_FAILED, "cannot open the cgroup %s of sandbox %s: %m", facts.cgroup, name);
  close(fd);
  return facts.init;
}
