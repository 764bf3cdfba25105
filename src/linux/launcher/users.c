/* The user namespace of a machine: one id, as an ordinary user may make it, or also the subordinate ones that the host grants. */
#include "launcher.h"

#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What rootless containers have beside their root. */
enum { SUBORDINATE_IDS = 65536 };

static bool is_zero(const char *path) {
  char text[16];
  return read_text(AT_FDCWD, path, text, sizeof text) > 0 && atoi(text) == 0;
}

void fail_user_namespace(const char *what) {
  int error = errno;
  char text[16];
  const char *remedy = "Run it as root.";
  if (is_zero("/proc/sys/kernel/unprivileged_userns_clone"))
    remedy = "Allow user namespaces (sysctl -w kernel.unprivileged_userns_clone=1), or run it as root.";
  else if (is_zero("/proc/sys/user/max_user_namespaces"))
    remedy = "Allow user namespaces (sysctl -w user.max_user_namespaces=10000), or run it as root.";
  else if (read_text(AT_FDCWD, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", text, sizeof text) > 0 && atoi(text) != 0)
    remedy = "AppArmor restricts user namespaces (sysctl -w kernel.apparmor_restrict_unprivileged_userns=0), or run it as root.";
  else if (error == ENOSPC) remedy = "Too many user namespaces are open (sysctl user.max_user_namespaces). Close some, or run it as root.";
  errno = error;
  fail(STATUS_HOST, "a user other than root needs a user namespace, and %s failed: %m. %s", what, remedy);
}

/* The first of enough ids that /etc/subuid or /etc/subgid grants the user, 0: there are none. */
static unsigned granted_ids(const char *path, uid_t uid) {
  const struct passwd *entry = getpwuid(uid);
  FILE *file = fopen(path, "re");
  char line[256], number[16];
  unsigned found = 0;
  snprintf(number, sizeof number, "%u", uid);
  while (file && !found && fgets(line, sizeof line, file)) {
    char *rest = line;
    const char *owner = strsep(&rest, ":"), *first = rest ? strsep(&rest, ":") : NULL;
    if (!first || !rest || (strcmp(owner, number) != 0 && !(entry && strcmp(owner, entry->pw_name) == 0))) continue;
    if (strtoul(rest, NULL, 10) >= SUBORDINATE_IDS) found = (unsigned)strtoul(first, NULL, 10);
  }
  if (file) fclose(file);
  return found;
}

/* Root gives ids under their own names: what lies on its disks has the owners it had. */
static bool write_map(pid_t process, const char *file) {
  char path[64], map[64];
  snprintf(path, sizeof path, "/proc/%d/%s", (int)process, file);
  snprintf(map, sizeof map, "0 0 %u", SUBORDINATE_IDS + 1);
  return write_file(AT_FDCWD, path, map) == 0;
}

/* Only a program of the host's may give an ordinary user more than its own id. */
static bool run_mapper(pid_t process, const char *program, unsigned own, unsigned first) {
  char *command = format_text("exec %s %d 0 %u 1 1 %u %u", program, (int)process, own, first, SUBORDINATE_IDS);
  int status = system(command);
  free(command);
  return status == 0;
}

/* Maps ids for this process, which leaves its namespace between the two bytes: only one that stays behind may. */
static bool enter_with_subordinates(const struct machine *machine, unsigned first_uid, unsigned first_gid) {
  const pid_t process = getpid();
  int entered[2], status;
  if (pipe(entered) < 0) fail(STATUS_FAILED, "pipe: %m");
  pid_t helper = fork();
  if (helper < 0) fail(STATUS_FAILED, "fork: %m");
  if (helper == 0) {
    char byte;
    close(entered[1]);
    if (read(entered[0], &byte, 1) != 1) _exit(1);
    bool mapped = machine->uid == 0 ? write_map(process, "uid_map") && write_map(process, "gid_map")
                                    : run_mapper(process, "newuidmap", machine->uid, first_uid) &&
                                          run_mapper(process, "newgidmap", machine->gid, first_gid);
    _exit(mapped ? 0 : 1);
  }
  close(entered[0]);
  if (unshare(CLONE_NEWUSER) < 0) fail_user_namespace("unshare(CLONE_NEWUSER)");
  if (write(entered[1], "", 1) != 1) fail(STATUS_FAILED, "cannot tell who maps the ids: %m");
  close(entered[1]);
  while (waitpid(helper, &status, 0) < 0)
    if (errno != EINTR) fail(STATUS_FAILED, "waitpid: %m");
  return status == 0;
}

/* The caller becomes uid 0 of a namespace of its own. One uid and one gid exist in there. */
static void enter_alone(const struct machine *machine) {
  char map[64];
  if (unshare(CLONE_NEWUSER) < 0) fail_user_namespace("unshare(CLONE_NEWUSER)");
  int result = write_file(AT_FDCWD, "/proc/self/setgroups", "deny");
  if (result == 0 || result == -ENOENT) {
    snprintf(map, sizeof map, "0 %u 1", machine->uid);
    result = write_file(AT_FDCWD, "/proc/self/uid_map", map);
  }
  if (result == 0) {
    snprintf(map, sizeof map, "0 %u 1", machine->gid);
    result = write_file(AT_FDCWD, "/proc/self/gid_map", map);
  }
  if (result < 0) {
    errno = -result;
    fail_user_namespace("writing its id map");
  }
}

void enter_user_namespace(const struct machine *machine) {
  if (machine->options.container != CONTAINER_ROOTLESS) return enter_alone(machine);
  unsigned uids = granted_ids("/etc/subuid", machine->uid), gids = granted_ids("/etc/subgid", machine->uid);
  if (machine->uid != 0 && (!uids || !gids || access("/usr/bin/newuidmap", X_OK) < 0)) {
    say("note: no subordinate ids: the machine has uid 0 and gid 0 alone. Give %d in /etc/subuid and /etc/subgid, and install uidmap.",
        SUBORDINATE_IDS);
    return enter_alone(machine);
  }
  if (!enter_with_subordinates(machine, uids, gids)) fail(STATUS_HOST, "the ids of the machine's user namespace could not be mapped");
}
