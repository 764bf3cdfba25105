/* PID 1 up to its exec: the root, what of the host is hidden or shown, the registry, the console. */
#include "launcher.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void mount_or_fail(const char *source, const char *target, const char *type, unsigned long flags, const char *data) {
  int error = make_directories(target, 0755);
  if (error < 0) {
    errno = -error;
    fail(STATUS_FAILED, "cannot make %s inside: %m", target);
  }
  if (mount(source, target, type, flags, data) < 0) fail(STATUS_FAILED, "cannot mount %s on %s: %m", type ? type : source, target);
}

static void mount_overlay(const struct machine *machine, size_t index) {
  const struct piece *piece = &machine->tree.pieces[index];
  char options[2 * PATH_MAX + 8192], target[PATH_MAX];
  int length = snprintf(options, sizeof options, "lowerdir=");
  const char *separator = "";
  /* The whole root takes no layer: their directories are overlays of their own. */
  for (size_t i = piece->path[0] ? machine->options.layers.count : 0; i-- > 0;) {
    char layer[PATH_MAX];
    snprintf(layer, sizeof layer, "/layer/%zu%s", i, piece->path);
    if (access(layer, F_OK) < 0) continue;
    length += snprintf(options + length, sizeof options - (size_t)length, "%s%s", separator, layer);
    separator = ":";
    if (length > 4096) fail(STATUS_REFUSED, "too many layers");
  }
  if (piece->tree >= 0) length += snprintf(options + length, sizeof options - (size_t)length, "%s/lower/%zu", separator, index);
  snprintf(options + length, sizeof options - (size_t)length, ",upperdir=/store/%s,workdir=/store/work/%s%s", piece->upper, piece->work,
           machine->user ? ",userxattr" : "");
  snprintf(target, sizeof target, "/root%s", piece->path);
  int error = make_directories(target, 0755);
  if (error < 0) errno = -error;
  if (error == 0 && mount("peinit-sandbox", target, "overlay", 0, options) == 0) return;
  const char *hint = "";
  if (machine->options.keep)
    hint = " The directory of --keep must lie on a file system that can hold an upper layer (ext4, xfs, btrfs, tmpfs; no overlay, no NFS).";
  else if (machine->user) hint = " An ordinary user needs Linux 5.11 or newer for this.";
  fail(errno == EPERM || errno == ENODEV || errno == EINVAL ? STATUS_HOST : STATUS_FAILED, "cannot mount the overlay for %s: %m.%s",
       piece->path[0] ? piece->path : "/", hint);
}

static void mount_root(const struct machine *machine) {
  const struct tree *tree = &machine->tree;
  bool whole = false;
  for (size_t i = 0; i < tree->piece_count; i++) whole = whole || tree->pieces[i].path[0] == '\0';
  if (!whole && mount("/store/upper", "/root", NULL, MS_BIND, NULL) < 0) fail(STATUS_FAILED, "cannot bind the upper layer: %m");
  for (size_t i = 0; i < tree->piece_count; i++)
    if (tree->pieces[i].kind == PIECE_OVERLAY) mount_overlay(machine, i);
}

/* Puts a tree of the scaffold (a copy of it) at a path inside. */
static void graft(int scaffold, const char *from, const char *to, bool file) {
  int error = 0;
  char parent[PATH_MAX];
  if (file) {
    snprintf(parent, sizeof parent, "%s", to);
    char *slash = strrchr(parent, '/');
    if (slash != parent) {
      *slash = '\0';
      error = make_directories(parent, 0755);
    }
    int fd = error < 0 || access(to, F_OK) == 0 ? -1 : open(to, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    if (fd >= 0) close(fd);
  } else {
    error = make_directories(to, 0755);
  }
  if (error < 0) {
    errno = -error;
    fail(STATUS_FAILED, "cannot make %s inside: %m", to);
  }
  int tree = (int)syscall(SYS_open_tree, scaffold, from, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  if (tree < 0 || syscall(SYS_move_mount, tree, "", AT_FDCWD, to, MOVE_MOUNT_F_EMPTY_PATH) < 0)
    fail(STATUS_FAILED, "cannot bind %s inside: %m", to);
  close(tree);
}

/* The knobs of the one kernel are the host's: /proc/sys is read-only except net, which is this machine's own. */
static void guard_proc(void) {
  static const char *const read_only[] = {"/proc/sys", "/proc/irq", "/proc/bus", "/proc/fs", "/proc/mtrr", NULL};
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
  int net = (int)syscall(SYS_open_tree, AT_FDCWD, "/proc/sys/net", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  for (int i = 0; read_only[i]; i++) {
    if (access(read_only[i], F_OK) < 0) continue;
    if (mount(read_only[i], read_only[i], NULL, MS_BIND, NULL) < 0 ||
        syscall(SYS_mount_setattr, AT_FDCWD, read_only[i], 0, &attributes, sizeof attributes) < 0)
      fail(STATUS_FAILED, "cannot make %s read-only: %m", read_only[i]);
  }
  if (net >= 0) {
    if (syscall(SYS_move_mount, net, "", AT_FDCWD, "/proc/sys/net", MOVE_MOUNT_F_EMPTY_PATH) < 0)
      fail(STATUS_FAILED, "cannot keep /proc/sys/net writable: %m");
    close(net);
  }
  if (access("/proc/sysrq-trigger", F_OK) == 0 && mount("/dev/null", "/proc/sysrq-trigger", NULL, MS_BIND, NULL) < 0)
    fail(STATUS_FAILED, "cannot hide /proc/sysrq-trigger: %m");
}

/* A container without a terminal has no console: the streams of PID 1 are all there is. Returns one for it, or -1. */
static int make_console(const struct machine *machine, int scaffold) {
  if (!machine->options.container || machine->console.terminal) {
    graft(scaffold, "console", "/dev/console", true);
    return -1;
  }
  int stream = openat(scaffold, "console", O_WRONLY | O_CLOEXEC);
  if (stream < 0) fail(STATUS_FAILED, "cannot open the console: %m");
  return stream;
}

static void make_devices(int scaffold) {
  static const char *const links[][2] = {
      {"/proc/self/fd", "/dev/fd"},
      {"/proc/self/fd/0", "/dev/stdin"},
      {"/proc/self/fd/1", "/dev/stdout"},
      {"/proc/self/fd/2", "/dev/stderr"},
  };
  mount_or_fail("tmpfs", "/dev", "tmpfs", MS_NOSUID, "mode=755");
  for (int i = 0; device_names[i]; i++) {
    char from[64], to[64];
    snprintf(from, sizeof from, "dev/%s", device_names[i]);
    snprintf(to, sizeof to, "/dev/%s", device_names[i]);
    graft(scaffold, from, to, true);
  }
  /* A node of its own finds the devpts beside it, and every user may open it whatever the mode in there. */
  bool node = mknod("/dev/ptmx", S_IFCHR | 0666, makedev(5, 2)) == 0 && chmod("/dev/ptmx", 0666) == 0;
  if (!node && symlink("pts/ptmx", "/dev/ptmx") < 0) fail(STATUS_FAILED, "cannot make /dev/ptmx: %m");
  if (mkdir("/dev/pts", 0755) < 0 || mkdir("/dev/shm", 0755) < 0) fail(STATUS_FAILED, "cannot make a directory in /dev: %m");
  for (size_t i = 0; i < sizeof links / sizeof *links; i++)
    if (symlink(links[i][0], links[i][1]) < 0) fail(STATUS_FAILED, "cannot make %s: %m", links[i][1]);
}

/* Returns what make_console does. */
static int enter_root(const struct machine *machine) {
  const struct tree *tree = &machine->tree;
  int scaffold = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  mount_root(machine);
  /* The scaffold stays attached, covered by nothing and reached by descriptor only, until all is in place. */
  if (scaffold < 0 || chdir("/root") < 0 || syscall(SYS_pivot_root, ".", ".") < 0) fail(STATUS_FAILED, "cannot enter the new root: %m");
  mount_or_fail("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
  mount_or_fail("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, NULL);
  make_devices(scaffold);
  int stream = make_console(machine, scaffold);
  if (machine->options.container) container_guard_proc();
  else guard_proc();
  if (machine->options.container) {
    const bool bound = machine->user && machine->options.host_cgroups;
    if (bound) graft(scaffold, "sys/fs/cgroup", "/sys/fs/cgroup", false);
    container_mounts(!bound);
  }
  /* A container has those of its image. */
  bool image = machine->options.container && machine->options.root;
  if (!tree->shared_tmp && !image) mount_or_fail("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
  if (tree->own_run || (machine->options.container && !image)) mount_or_fail("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
  if (tree->own_shm && !machine->options.container) mount_or_fail("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
  for (size_t i = 0; i < tree->graft_count; i++) {
    char from[64];
    snprintf(from, sizeof from, "graft/%zu", i);
    graft(scaffold, from, tree->grafts[i].path, tree->grafts[i].file);
  }
  close(scaffold);
  if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0) fail(STATUS_FAILED, "cannot leave the old root: %m");
  return stream;
}

static void take_console(const struct console *console, int stream) {
  int output = stream >= 0 ? stream : open("/dev/console", (console->terminal ? O_RDWR : O_WRONLY) | O_NOCTTY);
  int input = console->terminal ? output : open("/dev/null", O_RDONLY);
  if (output < 0 || input < 0) fail(STATUS_FAILED, "cannot open the console inside: %m");
  if (dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0) fail(STATUS_FAILED, "dup2: %m");
}

/* What the script of PID 1 would give to node as well. */
static void add_flags(struct list *words) {
  static char text[1024];
  char *rest = text;
  if (read_text(AT_FDCWD, "/usr/lib/peinit/commands/flags", text, sizeof text) < 0) return;
  for (char *word; (word = strsep(&rest, " \n")) != NULL;)
    if (*word != '\0') list_add(words, word);
}

static struct list init_words(const struct machine *machine) {
  const struct options *options = &machine->options;
  struct list words = {0};
  if (options->init) {
    list_add(&words, options->init);
    for (size_t i = 0; i < options->init_words.count; i++) list_add(&words, options->init_words.items[i]);
  } else {
    list_add(&words, "/usr/lib/peinit/node");
    add_flags(&words);
    list_add(&words, "/usr/lib/peinit/peinit.mjs");
    const struct rlimit *nofile = &machine->nofile;
    list_add(&words, format_text("--nofile=%llu:%llu", (unsigned long long)nofile->rlim_cur, (unsigned long long)nofile->rlim_max));
    list_add(&words, "peinit.launcher=1");
    list_add(&words, "peinit.root-is-system=1");
  }
  for (size_t i = 0; i < options->words.count; i++) list_add(&words, options->words.items[i]);
  return words;
}

void boot(struct machine *machine) {
  const char *terminal = machine->console.terminal ? getenv("TERM") : NULL;
  char *term = format_text("TERM=%s", terminal ? terminal : "linux");
  char *host = format_text("HOSTNAME=%s", machine->options.name);
  char *own[] = {"HOME=/", term, "container=peinit-sandbox", "UV_THREADPOOL_SIZE=1", NULL};
  char *of_runtime[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", host, "HOME=/root", NULL};
  char **environment = machine->options.container ? of_runtime : own;
  umask(022);
  reset_signals();
  if (!machine->options.host_cgroups && unshare(CLONE_NEWCGROUP) < 0) fail(STATUS_FAILED, "unshare(CLONE_NEWCGROUP): %m");
  int stream = enter_root(machine);
  if (sethostname(machine->options.name, strlen(machine->options.name)) < 0) fail(STATUS_FAILED, "sethostname: %m");
  if (!machine->options.init && !machine->image) link_commands();
  if (machine->options.container) container_confine();
  else drop_capabilities();
  seeds_import(machine);
  struct list words = init_words(machine);
  /* Messages go to the launcher's standard error until the exec has succeeded. */
  take_console(&machine->console, stream);
  int messages = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (messages < 0 || dup2(STDOUT_FILENO, STDERR_FILENO) < 0) fail(STATUS_FAILED, "dup: %m");
  syscall(SYS_close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC);
  execve(words.items[0], words.items, environment);
  const char *why = why_not_executed(words.items[0]);
  dup2(messages, STDERR_FILENO);
  fail(STATUS_FAILED, "cannot execute %s inside: %s", words.items[0], why);
}
