/* peinit-launcher: what bin/peinit-sandbox executes. */
#include "launcher.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *resolve(const char *path, const char *what) {
  char *full = realpath(path, NULL);
  if (!full) fail(STATUS_REFUSED, "%s %s: %m", what, path);
  return full;
}

static char *resolve_directory(const char *path, const char *what) {
  struct stat info;
  char *full = resolve(path, what);
  if (stat(full, &info) < 0 || !S_ISDIR(info.st_mode)) fail(STATUS_REFUSED, "%s %s is no directory", what, path);
  return full;
}

/* What is opened later must not take the number of a standard stream that the caller has closed. */
static void fill_streams(void) {
  int fd;
  while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO) continue;
  if (fd >= 0) close(fd);
}

/* build/runtime beside the launcher itself, unless told. */
static const char *find_runtime(const char *given) {
  if (given) return resolve(given, "the runtime");
  char self[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length < 0) fail(STATUS_HOST, "cannot read /proc/self/exe: %m. Mount proc on /proc.");
  self[length] = '\0';
  *strrchr(self, '/') = '\0';
  return format_text("%s/runtime", self);
}

int main(int argc, char **argv) {
  struct machine machine = {0};
  struct options *options = &machine.options;
  fill_streams();
  parse_options(options, argc, argv);
  machine.directory = getcwd(NULL, 0);
  if (!machine.directory) machine.directory = format_text("/");
  if (options->verb == VERB_HELP) {
    print_help();
    return 0;
  }
  if (options->verb == VERB_VERSION) {
    if (puts("peinit-sandbox " PEINIT_VERSION) < 0 || fflush(stdout) != 0) return STATUS_FAILED;
    return 0;
  }
  if (options->verb == VERB_LIST) return record_list(options->json);
  if (options->verb == VERB_EXEC) return enter_by_name(options, machine.directory);
  if (getrlimit(RLIMIT_NOFILE, &machine.nofile) < 0) fail(STATUS_FAILED, "getrlimit: %m");
  if (!options->name) options->name = format_text("sandbox-%d", getpid());
  if (options->root) {
    char *root = resolve_directory(options->root, "--root");
    options->root = strcmp(root, "/") == 0 ? NULL : root;
  }
  if (options->project) options->project = resolve_directory(options->project, "--project");

  if (options->keep && options->keep[0] != '/') options->keep = format_text("%s/%s", machine.directory, options->keep);
  for (size_t i = 0; i < options->layers.count; i++) options->layers.items[i] = resolve_directory(options->layers.items[i], "--layer");
  options->runtime = find_runtime(options->runtime);
  char *own = format_text("%s/usr/lib/peinit/peinit.mjs", options->root ? options->root : "");
  machine.image = options->container && options->root && access(own, R_OK) == 0;
  if (machine.image) options->base = false; /* its registry has been made with it */
  return launch(&machine);
}
