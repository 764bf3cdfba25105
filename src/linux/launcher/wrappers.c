/* The commands of a machine: small scripts in front of the runtime at /usr/lib/peinit. */
#include "launcher.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NODE "exec /usr/lib/peinit/node --disable-sigusr1 "
#define DAEMON(name) "#!/bin/sh\nexport UV_THREADPOOL_SIZE=1\n" NODE "--v8-pool-size=0 --single-threaded-gc /usr/lib/peinit/" name ".mjs \"$@\"\n"

static const struct {
  const char *path, *bundle, *text;
} wrappers[] = {
    {"/usr/bin/peinit", "/usr/lib/peinit/peinit.mjs",
     "#!/bin/sh\n# The pair of limits is remembered for the services: the runtime raises its own.\nexport UV_THREADPOOL_SIZE=1\n" NODE
     "--v8-pool-size=0 --single-threaded-gc --max-semi-space-size=1 --initial-old-space-size=64 /usr/lib/peinit/peinit.mjs"
     " \"--nofile=$(ulimit -Sn):$(ulimit -Hn)\" \"$@\"\n"},
    {"/usr/bin/peiosctl", "/usr/lib/peinit/peiosctl.mjs", "#!/bin/sh\n" NODE "/usr/lib/peinit/peiosctl.mjs \"$@\"\n"},
    {"/usr/sbin/registryd", "/usr/lib/peinit/registryd.mjs", DAEMON("registryd")},
    {"/usr/sbin/authd", "/usr/lib/peinit/authd.mjs", DAEMON("authd")},
    {"/usr/sbin/eventd", "/usr/lib/peinit/eventd.mjs", DAEMON("eventd")},
};

static void make_parent(const char *path) {
  char parent[PATH_MAX];
  snprintf(parent, sizeof parent, "%.*s", (int)(strrchr(path, '/') - path), path);
  int error = make_directories(parent, 0755);
  if (error == 0) return;
  errno = -error;
  fail(STATUS_FAILED, "cannot make %s inside: %m", parent);
}

/* Those whose bundle the runtime has. An older file of that name is the lower layer's and is covered. */
void write_wrappers(void) {
  for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++) {
    if (access(wrappers[i].bundle, R_OK) < 0) continue;
    make_parent(wrappers[i].path);
    unlink(wrappers[i].path);
    int fd = open(wrappers[i].path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    size_t length = strlen(wrappers[i].text);
    if (fd < 0 || write(fd, wrappers[i].text, length) != (ssize_t)length || fchmod(fd, 0755) < 0)
      fail(STATUS_FAILED, "cannot write %s inside: %m", wrappers[i].path);
    close(fd);
  }
  const char *node = "/usr/local/sbin/node";
  make_parent(node);
  unlink(node);
  if (symlink("/usr/lib/peinit/node", node) < 0) fail(STATUS_FAILED, "cannot make %s inside: %m", node);
}
