/* The sandbox's own cgroup, below the one the launcher runs in. */
#include "launcher.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A cgroup that is killed is empty within milliseconds; a process in an uninterruptible call may take longer. */
enum { REMOVAL_LIMIT_MS = 10000 };

/* Path of this process in the cgroup2 hierarchy, as its cgroup namespace shows it. */
static bool own_cgroup(char *into, size_t size) {
  char text[8192];
  if (read_text(AT_FDCWD, "/proc/self/cgroup", text, sizeof text) < 0) return false;
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
    if (strncmp(line, "0::", 3) != 0) continue;
    snprintf(into, size, "%s", line + 3);
    return true;
  }
  return false;
}

/* The machine goes on: its PID namespace ends it as surely, and peinit holds services by their processes. */
static void go_without(struct machine *machine, const char *reason, const char *remedy) {
  say("note: %s. The machine runs without cgroups. %s", reason, remedy);
  if (machine->cgroup.parent >= 0) close(machine->cgroup.parent);
  machine->cgroup.parent = -1;
  machine->cgroup.path[0] = '\0';
}

static void go_without_right(struct machine *machine, const char *path) {
  char *reason = format_text("cannot make a cgroup below %s: %m", path);
  const bool container = access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0 || errno == EROFS;
  go_without(machine, reason,
             machine->uid != 0 ? "One must be delegated to you: systemd-run --user --scope -p Delegate=yes bin/peinit-sandbox ..."
             : container       ? "In a container, start it with: docker run --privileged --cgroupns=private"
                               : "Let this process make cgroups there (systemd: Delegate=yes in its unit).");
  free(reason);
}

/* Opens the parent of the sandbox's cgroup and names the sandbox's own, which does not exist yet. None can be made: parent is -1. */
void cgroup_find(struct machine *machine) {
  struct cgroup *cgroup = &machine->cgroup;
  char own[PATH_MAX], path[PATH_MAX] = "";
  struct mount_point *mounts;
  size_t count = read_mounts(&mounts);
  cgroup->parent = cgroup->fd = -1;
  if (!own_cgroup(own, sizeof own))
    return go_without(machine, "this kernel has no cgroup2 hierarchy", "Boot it with systemd.unified_cgroup_hierarchy=1.");
  for (size_t i = 0; i < count && !path[0]; i++) {
    if (strcmp(mounts[i].type, "cgroup2") != 0 || !path_within(own, mounts[i].root)) continue;
    const char *rest = own + (strcmp(mounts[i].root, "/") == 0 ? 0 : strlen(mounts[i].root));
    if (strstr(rest, "/..")) continue;
    snprintf(path, sizeof path, "%s%s", mounts[i].target, strcmp(rest, "/") == 0 ? "" : rest);
  }
  if (!path[0])
    return go_without(machine, "no cgroup2 file system is mounted that shows this process",
                      "Mount it: mount -t cgroup2 cgroup2 /sys/fs/cgroup");
  cgroup->parent = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (cgroup->parent < 0) return go_without_right(machine, path);
  snprintf(cgroup->name, sizeof cgroup->name, "peinit-sandbox-%s-%d", machine->options.name, getpid());
  if (snprintf(cgroup->path, sizeof cgroup->path, "%s/%s", path, cgroup->name) >= (int)sizeof cgroup->path)
    fail(STATUS_FAILED, "%s: path too long", path);
  /* Tried here, before anything exists. */
  if (mkdirat(cgroup->parent, cgroup->name, 0755) < 0) return go_without_right(machine, path);
  char probe[160];
  snprintf(probe, sizeof probe, "%s/cgroup.kill", cgroup->name);
  bool killable = faccessat(cgroup->parent, probe, W_OK, 0) == 0;
  unlinkat(cgroup->parent, cgroup->name, AT_REMOVEDIR);
  if (!killable) go_without(machine, "this kernel has no cgroup.kill", "Linux 5.14 has it.");
}

/* A directory made anew: one whose cgroup.kill was written kills every later child born in it. */
void cgroup_make(struct cgroup *cgroup) {
  if (cgroup->parent < 0) return;
  if (cgroup->fd >= 0) close(cgroup->fd);
  if (mkdirat(cgroup->parent, cgroup->name, 0755) < 0) fail(STATUS_FAILED, "cannot make the cgroup %s: %m", cgroup->path);
  cgroup->fd = openat(cgroup->parent, cgroup->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (cgroup->fd < 0) fail(STATUS_FAILED, "cannot open the cgroup %s: %m", cgroup->path);
}

/* Removes the directories below, deepest first. False when one is still busy. */
static bool remove_below(int directory) {
  int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *list = copy < 0 ? NULL : fdopendir(copy);
  if (!list) return false;
  bool empty = true;
  for (struct dirent *entry; (entry = readdir(list));) {
    if (entry->d_type != DT_DIR || strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (unlinkat(directory, entry->d_name, AT_REMOVEDIR) == 0 || errno == ENOENT) continue;
    int child = openat(directory, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (child < 0) continue;
    bool removed = remove_below(child) && unlinkat(directory, entry->d_name, AT_REMOVEDIR) == 0;
    close(child);
    empty = empty && (removed || errno == ENOENT);
  }
  closedir(list);
  return empty;
}

static bool is_populated(int events) {
  char text[256];
  ssize_t length = pread(events, text, sizeof text - 1, 0);
  if (length < 0) return false; /* the cgroup is gone */
  text[length] = '\0';
  return strstr(text, "populated 1") != NULL;
}

static int remove_at(int parent, const char *name) {
  int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT ? 0 : -errno;
  int64_t end = monotonic_ms() + REMOVAL_LIMIT_MS;
  write_file(fd, "cgroup.kill", "1");
  int events = openat(fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
  while (events >= 0 && is_populated(events) && monotonic_ms() < end) {
    struct pollfd changed = {events, POLLPRI, 0};
    poll(&changed, 1, 100);
  }
  if (events >= 0) close(events);
  /* A process that has just left may keep its directory busy for a moment. */
  int result;
  for (;;) {
    result = remove_below(fd) && unlinkat(parent, name, AT_REMOVEDIR) == 0 ? 0 : -errno;
    if (result == 0 || result == -ENOENT || monotonic_ms() >= end) break;
    struct timespec pause = {0, 1000000};
    nanosleep(&pause, NULL);
  }
  close(fd);
  return result == -ENOENT ? 0 : result;
}

/* Kills what is in there and removes it. 0 or -errno. */
int cgroup_remove(const struct cgroup *cgroup) { return cgroup->parent < 0 ? 0 : remove_at(cgroup->parent, cgroup->name); }

/* The same for one that an earlier run left; only directories of our naming. */
int cgroup_remove_path(const char *path) {
  char parent[PATH_MAX];
  const char *name = strrchr(path, '/');
  if (!name || name == path || strncmp(name + 1, "peinit-sandbox-", 15) != 0) return -EINVAL;
  snprintf(parent, sizeof parent, "%.*s", (int)(name - path), path);
  int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT ? 0 : -errno;
  int result = remove_at(fd, name + 1);
  close(fd);
  return result;
}

/* Directory of the cgroup that commands from outside run in, at the root of the machine's own hierarchy. */
int cgroup_open_commands(int cgroup) {
  if (mkdirat(cgroup, "@exec", 0755) < 0 && errno != EEXIST) return -errno;
  int fd = openat(cgroup, "@exec", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return fd < 0 ? -errno : fd;
}
