/* The commands of a machine: links to the scripts of the runtime, /usr/lib/peinit/commands, and what helps with them. */
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

/* What helps people with them, where the machine has the program that reads it. */
static const char *const aids[][3] = {
    {"/usr/bin/man", "/usr/lib/peinit/man/man1/peiosctl.1", "/usr/share/man/man1/peiosctl.1"},
    {"/usr/share/bash-completion", "/usr/lib/peinit/completions/bash", "/usr/share/bash-completion/completions/peiosctl"},
};

/* It is no failure where that cannot be: a directory of the host that is read-only inside. */
static void link_aids(void) {
  for (size_t i = 0; i < sizeof aids / sizeof *aids; i++) {
    const char *reader = aids[i][0], *target = aids[i][1], *path = aids[i][2];
    if (access(reader, F_OK) < 0 || access(target, R_OK) < 0) continue;
    char parent[PATH_MAX];
    snprintf(parent, sizeof parent, "%.*s", (int)(strrchr(path, '/') - path), path);
    if (make_directories(parent, 0755) < 0) continue;
    unlink(path);
    if (symlink(target, path) < 0) continue;
  }
}

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
  link_aids();
}
