/* The commands of a machine: links to the scripts of the runtime, /usr/lib/peinit/commands. */
#include "launcher.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const links[][2] = {
    {"/usr/lib/peinit/commands/peinit", "/usr/bin/peinit"},
    {"/usr/lib/peinit/commands/peiosctl", "/usr/bin/peiosctl"},
    {"/usr/lib/peinit/commands/registryd", "/usr/sbin/registryd"},
    {"/usr/lib/peinit/commands/authd", "/usr/sbin/authd"},
    {"/usr/lib/peinit/commands/eventd", "/usr/sbin/eventd"},
    {"/usr/lib/peinit/node", "/usr/local/sbin/node"},
};

/* Those that the runtime has. An older file of that name is the lower layer's and is covered. */
void link_commands(void) {
  for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
    const char *target = links[i][0], *path = links[i][1];
    if (access(target, X_OK) < 0) continue;
    char parent[PATH_MAX];
    snprintf(parent, sizeof parent, "%.*s", (int)(strrchr(path, '/') - path), path);
    int error = make_directories(parent, 0755);
    if (error == 0) unlink(path);
    if (error == 0 && symlink(target, path) < 0) error = -errno;
    if (error == 0) continue;
    errno = -error;
    fail(STATUS_FAILED, "cannot make %s inside: %m", path);
  }
}
