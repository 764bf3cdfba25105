/* The scaffold: the keeper's root, from which every boot puts the machine's root together. */
#include "launcher.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

const char *const device_names[] = {"null", "zero", "full", "random", "urandom", "tty", NULL};

/* A machine of its own does not see the state of one that runs on the host itself. */
static const char *const hidden[] = {"/var/lib/registryd", "/var/lib/eventd", "/var/lib/peinit", "/.peinit", NULL};

bool hides_of_host(const struct options *options, const char *path) {
  for (int i = 0; !options->root && hidden[i]; i++)
    if (strcmp(path, hidden[i]) == 0) return true;
  return false;
}

static int copy_tree(const char *path, bool recursive) {
  int tree = (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0));
  if (tree < 0) fail(STATUS_FAILED, "cannot copy the mount of %s: %m", path);
  return tree;
}

static void make(const char *path, mode_t mode) {
  int error = make_directories(path, mode);
  if (error < 0) {
    errno = -error;
    fail(STATUS_FAILED, "cannot make %s in the scaffold: %m", path);
  }
}

static void attach(int tree, const char *path) {
  if (syscall(SYS_move_mount, tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
    fail(STATUS_FAILED, "cannot attach %s in the scaffold: %m", path);
  close(tree);
}

static void make_file(const char *path) {
  int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
  if (fd < 0) fail(STATUS_FAILED, "cannot make %s in the scaffold: %m", path);
  close(fd);
}

/* Mode of a directory of the lower root, 0 when it is none. */
static mode_t lower_mode(const char *root, const char *path) {
  char full[PATH_MAX];
  struct stat info;
  snprintf(full, sizeof full, "%s/%s", root, path);
  return lstat(full, &info) == 0 && S_ISDIR(info.st_mode) ? info.st_mode & 07777 : 0;
}

/*
 * Directories the upper layer must hold beforehand. For an ordinary user the host's directories belong to an id that does
 * not exist inside: only those that the upper layer has as well can be written.
 */
static void prepare_upper(const struct machine *machine, const char *root) {
  static const char *const written[] = {"usr",     "usr/bin", "usr/sbin", "usr/lib", "usr/local", "usr/local/bin", "usr/local/sbin",
                                        "var",     "var/lib", "var/log",  "var/tmp", "etc",       "opt",           "srv",
                                        "root",    "home",    NULL};
  char path[PATH_MAX];
  mode_t mode;
  for (int i = 0; machine->user && written[i]; i++) {
    if (!(mode = lower_mode(root, written[i]))) continue;
    snprintf(path, sizeof path, "store/upper/%s", written[i]);
    if (mkdir(path, 0755) == 0) chmod(path, mode | 0700);
  }
  for (int i = 0; !machine->options.root && hidden[i]; i++) {
    snprintf(path, sizeof path, "store/upper%s", hidden[i]);
    if (!(mode = lower_mode(root, hidden[i] + 1)) || access(path, F_OK) == 0) continue;
    make(path, mode);
    if (setxattr(path, machine->user ? "user.overlay.opaque" : "trusted.overlay.opaque", "y", 1, 0) < 0)
      fail(STATUS_FAILED, "cannot hide the host's %s: %m", hidden[i]);
  }
}

/* The directory of --keep serves one machine at a time; the lock lives as long as the keeper, whose end is waited for where nobody runs
   that machine any more. */
static int open_keep(const struct machine *machine) {
  const char *keep = machine->options.keep;
  int error = make_directories(keep, 0755);
  int fd = error < 0 ? -1 : open(keep, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (error < 0) errno = -error;
  if (fd < 0) fail(STATUS_REFUSED, "cannot keep the machine in %s: %m", keep);
  for (int waited_ms = 0; flock(fd, LOCK_EX | LOCK_NB) < 0;)
    if (record_keeps(&machine->record, fd) || !wait_for_end(&waited_ms))
      fail(STATUS_REFUSED, "another machine is kept in %s and runs", keep);
  return copy_tree(keep, false);
}

/* A directory that exists everywhere; what is needed of it was copied before, but the root is looked at once more. */
static const char *scaffold_point(const char *root) {
  static const char *const candidates[] = {"/mnt", "/run", "/tmp", "/var", NULL};
  struct stat info;
  for (int i = 0; candidates[i]; i++)
    if (stat(candidates[i], &info) == 0 && S_ISDIR(info.st_mode) && !path_within(root, candidates[i])) return candidates[i];
  fail(STATUS_FAILED, "none of /mnt, /run, /tmp and /var is a directory");
}

static void make_store(const struct machine *machine, int keep) {
  make("store", 0755);
  if (keep >= 0) attach(keep, "store");
  make("store/mounts", 0755);
  make("store/work", 0755);
  if (machine->tree.pieces[0].path[0]) make("store/upper", 0755);
  for (size_t i = 0; i < machine->tree.piece_count; i++) {
    const struct piece *piece = &machine->tree.pieces[i];
    char path[PATH_MAX];
    snprintf(path, sizeof path, "store/%s", piece->upper);
    if (piece->kind == PIECE_LINK) {
      if (symlink(piece->work, path) < 0 && errno != EEXIST) fail(STATUS_FAILED, "cannot make the link %s: %m", piece->path);
      continue;
    }
    bool fresh = access(path, F_OK) < 0;
    make(path, 0755);
    if (fresh) chmod(path, piece->mode | 0700); /* what is kept may have been changed inside */
    if (piece->kind != PIECE_OVERLAY) continue;
    snprintf(path, sizeof path, "store/work/%s", piece->work);
    make(path, 0755);
    if (piece->tree < 0) continue;
    snprintf(path, sizeof path, "lower/%zu", i);
    make(path, 0755);
    attach(piece->tree, path);
  }
}

void tree_prepare(struct machine *machine) {
  struct tree *tree = &machine->tree;
  const char *root = machine->options.root ? machine->options.root : "/";
  int devices[8], console = -1, proc = -1, sys = -1, *layers = allocate((machine->options.layers.count + 1) * sizeof *layers);
  char path[PATH_MAX];
  if (unshare(CLONE_NEWNS) < 0) fail(STATUS_FAILED, "unshare(CLONE_NEWNS): %m");
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
    if (machine->user) fail_user_namespace("making its mounts private");
    fail(STATUS_FAILED, "cannot make the mounts private: %m");
  }
  collect_grafts(machine);
  collect_pieces(machine);
  for (int i = 0; device_names[i]; i++) {
    snprintf(path, sizeof path, "/dev/%s", device_names[i]);
    devices[i] = copy_tree(path, false);
  }
  if (machine->console.terminal) console = copy_tree(machine->console.slave_path, false);
  for (size_t i = 0; i < machine->options.layers.count; i++) layers[i] = copy_tree(machine->options.layers.items[i], machine->user);
  int keep = machine->options.keep ? open_keep(machine) : -1;
  if (machine->user) {
    /* The kernel lets a user namespace mount proc and sysfs only where whole ones are seen. */
    proc = copy_tree("/proc", true);
    sys = copy_tree("/sys", true);
  }
  const char *point = scaffold_point(root);
  if (mount("peinit-sandbox", point, "tmpfs", MS_NOSUID, "mode=755") < 0 || chdir(point) < 0) {
    if (machine->user) fail_user_namespace("mounting a tmpfs");
    fail(STATUS_FAILED, "cannot mount the scaffold on %s: %m", point);
  }
  make("root", 0755);
  make("lower", 0755);
  make_store(machine, keep);
  prepare_upper(machine, root);
  for (size_t i = 0; i < machine->options.layers.count; i++) {
    snprintf(path, sizeof path, "layer/%zu", i);
    make(path, 0755);
    attach(layers[i], path);
  }
  make("graft", 0755);
  for (size_t i = 0; i < tree->graft_count; i++) {
    snprintf(path, sizeof path, "graft/%zu", i);
    if (tree->grafts[i].file) make_file(path);
    else make(path, 0755);
    attach(tree->grafts[i].tree, path);
  }
  make("dev", 0755);
  for (int i = 0; device_names[i]; i++) {
    snprintf(path, sizeof path, "dev/%s", device_names[i]);
    make_file(path);
    attach(devices[i], path);
  }
  if (machine->console.terminal) {
    make_file("console");
    attach(console, "console");
  } else if (mkfifo("console", 0600) < 0) {
    fail(STATUS_FAILED, "cannot make the console: %m");
  }
  if (machine->user) {
    make("proc", 0755);
    attach(proc, "proc");
    make("sys", 0755);
    attach(sys, "sys");
  }
  if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
    fail(STATUS_FAILED, "cannot make the scaffold the keeper's root: %m");
}
