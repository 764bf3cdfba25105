/*
 * /init of the initramfs of bin/peinit-vm: loads the modules that the disk needs, mounts root as the kernel command line says, and becomes
 * the init that it names. That one finds what a kernel without an initramfs gives it: the same arguments, environment and descriptors, root
 * read-only, nothing mounted on it. Whatever fails is said on the console; the end of process 1 is the kernel's panic, which ends the
 * machine.
 *
 * /modules.list names the module files, one a line, each after those it needs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MODULES "/modules.list"
#define NEW_ROOT "/root"

static _Noreturn void fail(const char *what, const char *object) {
  fprintf(stderr, "initramfs: %s %s: %s\n", what, object, strerror(errno));
  exit(1);
}

static void load(const char *path) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) != 0) fail("loading", path);
  close(fd);
  // Its memory is given back; the module has a copy.
  unlink(path);
}

static void load_modules(void) {
  FILE *list = fopen(MODULES, "re");
  if (list == NULL) fail("opening", MODULES);
  char line[256];
  while (fgets(line, sizeof line, list) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    load(line);
  }
  fclose(list);
  unlink(MODULES);
}

struct parameters {
  const char *root, *type, *data, *init;
  unsigned long flags;
};

/*
 * The next word of a command line as the kernel cuts it: quotes hold spaces together and are dropped around a value. NULL: there is none.
 */
static char *next_word(char **rest, char **value) {
  char *word = *rest + strspn(*rest, " \n");
  if (*word == '\0') return NULL;
  const int quoted = *word == '"';
  word += quoted;
  int inside = quoted;
  char *end = word;
  *value = NULL;
  for (; *end != '\0' && (inside || (*end != ' ' && *end != '\n')); end++) {
    if (*end == '"') inside = !inside;
    if (*end == '=' && *value == NULL) *value = end + 1;
  }
  *rest = *end == '\0' ? end : end + 1;
  *end = '\0';
  const int value_quoted = *value != NULL && **value == '"';
  if ((quoted || value_quoted) && end[-1] == '"') end[-1] = '\0';
  if (*value != NULL) (*value)[-1] = '\0';
  if (value_quoted) (*value)++;
  return word;
}

/* The last of several wins; what stands after -- belongs to init. */
static struct parameters read_parameters(char *text) {
  struct parameters found = {"/dev/vda", "ext4", NULL, "/sbin/init", MS_RDONLY};
  char *value;
  for (char *word; (word = next_word(&text, &value)) != NULL && strcmp(word, "--") != 0;) {
    if (value == NULL && strcmp(word, "ro") == 0) found.flags = MS_RDONLY;
    if (value == NULL && strcmp(word, "rw") == 0) found.flags = 0;
    if (value == NULL) continue;
    if (strcmp(word, "root") == 0) found.root = value;
    if (strcmp(word, "rootfstype") == 0) found.type = value;
    if (strcmp(word, "rootflags") == 0) found.data = value;
    if (strcmp(word, "init") == 0) found.init = value;
  }
  return found;
}

/* Ten seconds for a device that is found late. */
static void mount_root(const struct parameters *parameters) {
  const struct timespec pause = {0, 10 * 1000 * 1000};
  for (int left = 1000; left > 0 && access(parameters->root, F_OK) != 0; left--) nanosleep(&pause, NULL);
  if (mount(parameters->root, NEW_ROOT, parameters->type, parameters->flags | MS_SILENT, parameters->data) != 0)
    fail("mounting", parameters->root);
}

static void mount_virtual(const char *type, const char *target) {
  if (mount(type, target, type, 0, NULL) != 0) fail("mounting", target);
}

int main(int argc, char **argv) {
  (void)argc;
  static char text[8192];
  mount_virtual("proc", "/proc");
  mount_virtual("devtmpfs", "/dev");
  load_modules();
  const int cmdline = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
  if (cmdline < 0 || read(cmdline, text, sizeof text - 1) < 0) fail("reading", "/proc/cmdline");
  close(cmdline);
  const struct parameters parameters = read_parameters(text);
  mount_root(&parameters);
  if (umount("/dev") != 0 || umount("/proc") != 0) fail("unmounting", "/dev and /proc");
  // /dev/console stays: it is where the descriptors that were given lead to.
  unlink("/init");
  if (chdir(NEW_ROOT) != 0 || mount(".", "/", NULL, MS_MOVE, NULL) != 0 || chroot(".") != 0 || chdir("/") != 0) fail("entering", NEW_ROOT);
  argv[0] = (char *)(size_t)parameters.init;
  execv(parameters.init, argv);
  fail("starting", parameters.init);
}
