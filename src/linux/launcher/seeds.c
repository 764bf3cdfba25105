/*
 * Registry files. They are read outside, whole, before anything is made, and handed to the import inside as descriptors
 * (`fd:N:NAME`), so that the new root need not show them. A stamp beside the store names the content last imported:
 * the same files are not imported again into a store that is kept.
 */
#include "launcher.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SEED_LIMIT = 256 << 20 };
#define STORE "/var/lib/registryd"
#define STAMP STORE "/seeds.sha256"

static void load(struct machine *machine, struct sha256 *hash, const char *path, const char *name) {
  int from = open(path, O_RDONLY | O_CLOEXEC);
  if (from < 0) fail(STATUS_REFUSED, "cannot open the registry file %s: %m", path);
  int to = memfd_create("peinit-seed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (to < 0) fail(STATUS_FAILED, "memfd_create: %m");
  static char chunk[65536];
  uint64_t total = 0;
  ssize_t got;
  while ((got = read(from, chunk, sizeof chunk)) > 0) {
    total += (uint64_t)got;
    if (total > SEED_LIMIT) fail(STATUS_REFUSED, "the registry file %s has more than 256 MiB", path);
    if (write(to, chunk, (size_t)got) != got) fail(STATUS_FAILED, "cannot copy the registry file %s: %m", path);
    sha256_add(hash, chunk, (size_t)got);
  }
  if (got < 0) fail(STATUS_REFUSED, "cannot read the registry file %s: %m", path);
  close(from);
  /* The boundary between two files counts as well. */
  sha256_add(hash, &total, sizeof total);
  if (lseek(to, 0, SEEK_SET) < 0 || fcntl(to, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
    fail(STATUS_FAILED, "cannot seal the copy of %s: %m", path);
  machine->seeds[machine->seed_count++] = (struct seed){to, name};
}

void seeds_load(struct machine *machine) {
  const struct options *options = &machine->options;
  struct sha256 hash;
  sha256_start(&hash);
  machine->seeds = allocate((options->seeds.count + 1) * sizeof *machine->seeds);
  if (options->base && !options->init) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/base.yaml", options->runtime);
    if (access(path, R_OK) < 0)
      fail(STATUS_FAILED, "the runtime %s is incomplete: base.yaml: %m. Run bin/build-runtime.", options->runtime);
    load(machine, &hash, path, "base.yaml");
  }
  for (size_t i = 0; i < options->seeds.count; i++) load(machine, &hash, options->seeds.items[i], options->seeds.items[i]);
  sha256_hex(&hash, machine->seed_digest);
}

/* Inside, before PID 1's program starts. */
void seeds_import(struct machine *machine) {
  char stamp[80];
  if (machine->seed_count == 0) return;
  bool known = read_text(AT_FDCWD, STAMP, stamp, sizeof stamp) >= 64 && strncmp(stamp, machine->seed_digest, 64) == 0;
  if (known && access(STORE "/machine.db", F_OK) == 0) return;
  int64_t begin = monotonic_ms();
  pid_t child = fork();
  if (child < 0) fail(STATUS_FAILED, "fork: %m");
  if (child == 0) {
    struct list words = {0};
    /* What is broken is told here, and the boot leaves it out. */
    const char *const head[] = {"/usr/lib/peinit/node", "--disable-sigusr1", "/usr/lib/peinit/registryd.mjs", "--store", STORE,
                                "--force", "--import"};
    for (size_t i = 0; i < sizeof head / sizeof *head; i++) list_add(&words, head[i]);
    for (size_t i = 0; i < machine->seed_count; i++) {
      fcntl(machine->seeds[i].fd, F_SETFD, 0);
      list_add(&words, format_text("fd:%d:%s", machine->seeds[i].fd, machine->seeds[i].name));
    }
    char *environment[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/", "UV_THREADPOOL_SIZE=1", NULL};
    dup2(STDERR_FILENO, STDOUT_FILENO);
    execve(words.items[0], words.items, environment);
    say("cannot run the registry import: %s: %s", words.items[0], why_not_executed(words.items[0]));
    _exit(STATUS_FAILED);
  }
  int status;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) fail(STATUS_FAILED, "waitpid: %m");
  if (WIFSIGNALED(status)) fail(STATUS_FAILED, "the registry import was ended by signal %d", WTERMSIG(status));
  if (WEXITSTATUS(status) != 0)
    fail(WEXITSTATUS(status) == STATUS_REFUSED ? STATUS_REFUSED : STATUS_FAILED,
         "the registry files were not imported; the machine was not booted");
  int fd = open(STAMP, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd >= 0) {
    if (write(fd, machine->seed_digest, 64) != 64) unlink(STAMP);
    close(fd);
  }
  if (!machine->options.command || machine->options.show_console) say("registry imported in %d ms", (int)(monotonic_ms() - begin));
}
