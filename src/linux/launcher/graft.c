/* What of the host shows up inside, and where: collected in the keeper's mount namespace while the host's paths are still there. */
#include "launcher.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Made by the machine itself. */
static const char *const private_directories[] = {"/proc", "/sys", "/dev", "/run", "/tmp", NULL};

/* The machine writes here: a read-only bind must not cover them. */
static const char *const own_paths[] = {
    "/usr/lib/peinit",    "/usr/bin",        "/usr/sbin",       "/usr/local/sbin",
    "/var/lib/registryd", "/var/lib/eventd", "/var/lib/peinit", "/var/tmp",
    "/var/log",           "/.peinit",        "/etc",            "/proc",
    "/sys",               "/dev",            "/run",            "/tmp",
    NULL,
};

static const char *const virtual_types[] = {
    "proc",        "sysfs",  "devtmpfs",   "devpts", "tmpfs",      "ramfs",     "cgroup",   "cgroup2",  "mqueue",
    "debugfs",     "tracefs", "securityfs", "bpf",    "pstore",     "hugetlbfs", "configfs", "fusectl",
    "binfmt_misc", "autofs", "rpc_pipefs", "nsfs",   "efivarfs",   "selinuxfs", "smackfs",  "nfsd",     NULL,
};

static bool is_private(const char *path) {
  for (int i = 0; private_directories[i]; i++)
    if (path_within(path, private_directories[i])) return true;
  return false;
}

bool is_disk_mount(const struct mount_point *mount) {
  if (strcmp(mount->target, "/") == 0 || is_private(mount->target) || strncmp(mount->type, "fuse.", 5) == 0) return false;
  for (int i = 0; virtual_types[i]; i++)
    if (strcmp(mount->type, virtual_types[i]) == 0) return false;
  return true;
}

/* A bind at `path` would cover a path that the machine writes. */
bool holds_own_path(const char *path) {
  for (int i = 0; own_paths[i]; i++)
    if (path_within(own_paths[i], path)) return true;
  return false;
}

/* A detached read-only copy of the tree at `path`, or -1. */
static int copy_read_only(const char *path, bool recursive) {
  unsigned flags = recursive ? AT_RECURSIVE : 0;
  int tree = (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags);
  if (tree < 0) return -1;
  struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};
  if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | flags, &read_only, sizeof read_only) == 0) return tree;
  int error = errno;
  close(tree);
  errno = error;
  return -1;
}

static void add_graft(struct tree *tree, const char *path, int copy) {
  struct stat info;
  struct graft *grafts = realloc(tree->grafts, (tree->graft_count + 1) * sizeof *grafts);
  if (!grafts) fail(STATUS_FAILED, "out of memory");
  tree->grafts = grafts;
  bool file = fstatat(copy, "", &info, AT_EMPTY_PATH) == 0 && !S_ISDIR(info.st_mode);
  grafts[tree->graft_count++] = (struct graft){.path = format_text("%s", path), .tree = copy, .file = file};
}

static bool is_covered(const struct tree *tree, const char *path) {
  for (size_t i = 0; i < tree->graft_count; i++)
    if (!tree->grafts[i].file && path_within(path, tree->grafts[i].path)) return true;
  return false;
}

/* The project's or the caller's directory, at the very same path. */
static void graft_directory(struct tree *tree, const char *path) {
  if (path_within(path, "/proc") || path_within(path, "/sys")) return;
  if (path_within(path, "/dev") && (!path_within(path, "/dev/shm") || strcmp(path, "/dev/shm") == 0)) return;
  if (strcmp(path, "/tmp") == 0) tree->shared_tmp = true;
  if (holds_own_path(path) || is_covered(tree, path)) return;
  int copy = copy_read_only(path, true);
  if (copy < 0) fail(STATUS_FAILED, "cannot bind %s: %m", path);
  if (path_within(path, "/run")) tree->own_run = true;
  if (path_within(path, "/dev/shm")) tree->own_shm = true;
  add_graft(tree, path, copy);
}

void collect_grafts(struct machine *machine) {
  struct tree *tree = &machine->tree;
  if (!machine->options.root) {
    struct mount_point *mounts;
    size_t count = read_mounts(&mounts);
    for (size_t i = 0; i < count; i++) {
      if (!is_disk_mount(&mounts[i]) || holds_own_path(mounts[i].target)) continue;
      /* An ordinary user's copies of mounts cannot be taken apart. */
      int copy = is_covered(tree, mounts[i].target) && machine->user ? -1 : copy_read_only(mounts[i].target, machine->user);
      if (copy >= 0) add_graft(tree, mounts[i].target, copy);
    }
  }
  if (machine->image) return;
  const char *project = machine->options.project, *directory = machine->directory;
  /* The outer one first, or it would cover the inner. */
  bool outer = project && path_within(project, directory);
  if (outer) graft_directory(tree, directory);
  if (project) graft_directory(tree, project);
  if (!outer) graft_directory(tree, directory);
  int runtime = copy_read_only(machine->options.runtime, true);
  if (runtime < 0) fail(STATUS_FAILED, "cannot bind the runtime %s: %m. Run bin/build-runtime.", machine->options.runtime);
  add_graft(tree, "/usr/lib/peinit", runtime);
}

static int copy_tree(const char *path) { return (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC); }

static void add_piece(struct tree *tree, struct piece piece) {
  struct piece *pieces = realloc(tree->pieces, (tree->piece_count + 1) * sizeof *pieces);
  if (!pieces) fail(STATUS_FAILED, "out of memory");
  if (!piece.work) {
    piece.work = format_text("%%%s", piece.path);
    for (char *c = piece.work; *c; c++)
      if (*c == '/') *c = '%';
  }
  tree->pieces = pieces;
  pieces[tree->piece_count++] = piece;
}

/* An overlay at `path`; `lower` may be missing when only layers have the directory. */
static void add_overlay(struct machine *machine, const char *lower, const char *path, const char *upper) {
  struct stat info;
  struct piece piece = {.kind = PIECE_OVERLAY, .mode = 0755, .tree = -1};
  piece.path = format_text("%s", path);
  piece.upper = format_text("%s", upper);
  if (lower) {
    piece.tree = copy_tree(lower);
    if (piece.tree < 0) fail(STATUS_FAILED, "cannot copy the mount of %s: %m", lower);
    if (fstatat(piece.tree, "", &info, AT_EMPTY_PATH) == 0) piece.mode = info.st_mode & 07777;
  }
  add_piece(&machine->tree, piece);
}

/* An overlay over one directory of the root, with an upper layer apart from the root's own. */
static void add_separate_overlay(struct machine *machine, const char *lower, const char *path) {
  for (size_t i = 0; i < machine->tree.piece_count; i++)
    if (strcmp(machine->tree.pieces[i].path, path) == 0) return;
  char *upper = format_text("mounts/%s", path);
  for (char *c = upper + strlen("mounts/"); *c; c++)
    if (*c == '/') *c = '%';
  add_overlay(machine, lower, path, upper);
  free(upper);
}

/*
 * The kernel refuses a lower layer that lies inside another one (ELOOP), as a directory of --layer does below the host's /.
 * So each directory of a layer's top level becomes an overlay of its own.
 */
static void add_layer(struct machine *machine, const char *root, const char *layer) {
  DIR *list = opendir(layer);
  if (!list) fail(STATUS_REFUSED, "--layer %s: %m", layer);
  for (struct dirent *entry; (entry = readdir(list));) {
    struct stat info;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (fstatat(dirfd(list), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(info.st_mode))
      fail(STATUS_REFUSED, "--layer %s: %s is no directory; a layer has only directories at its top", layer, entry->d_name);
    char *inner = format_text("/%s", entry->d_name), *lower = format_text("%s/%s", strcmp(root, "/") == 0 ? "" : root, entry->d_name);
    bool exists = lstat(lower, &info) == 0;
    if (is_private(inner)) fail(STATUS_REFUSED, "--layer %s: %s belongs to the machine itself", layer, inner);
    if (exists && !S_ISDIR(info.st_mode))
      fail(STATUS_REFUSED, "--layer %s: %s is a directory, but none in the root: move what it holds to where that points", layer, inner);
    add_separate_overlay(machine, exists ? lower : NULL, inner);
    free(inner);
    free(lower);
  }
  closedir(list);
}

enum { MOUNT_HERE = 1, MOUNT_BELOW = 2 };

static int mounts_at(const char *path, const struct mount_point *mounts, size_t count) {
  int found = 0;
  for (size_t i = 0; i < count; i++) {
    if (strcmp(mounts[i].target, path) == 0) found |= MOUNT_HERE;
    else if (path_within(mounts[i].target, path)) found |= MOUNT_BELOW;
  }
  return found;
}

/*
 * In a user namespace a directory with mounts below it cannot be an overlay's lower layer (the mounts are locked to it).
 * So the root is put together from the directories that have none.
 */
static void split(struct machine *machine, const char *root, const char *path, const struct mount_point *mounts, size_t count) {
  char *directory = format_text("%s%s", root, path[0] ? path : "/");
  DIR *list = opendir(directory);
  free(directory);
  if (!list) return;
  for (struct dirent *entry; (entry = readdir(list));) {
    struct stat info;
    char target[PATH_MAX];
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (fstatat(dirfd(list), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) < 0) continue;
    char *inner = format_text("%s/%s", path, entry->d_name);
    char *outer = format_text("%s%s", root, inner), *upper = format_text("upper%s", inner);
    /* Without the host's directory below it: what is not readable there would be so inside too. */
    bool own = is_private(inner) || hides_of_host(&machine->options, inner);
    int found = own ? MOUNT_HERE : mounts_at(outer, mounts, count);
    ssize_t length;
    int copy;
    if (S_ISLNK(info.st_mode) && (length = readlinkat(dirfd(list), entry->d_name, target, sizeof target - 1)) > 0) {
      char *to = format_text("%.*s", (int)length, target);
      add_piece(&machine->tree, (struct piece){.kind = PIECE_LINK, .path = inner, .upper = upper, .work = to});
    } else if (S_ISDIR(info.st_mode) && found == 0) {
      add_overlay(machine, outer, inner, upper);
    } else if (S_ISDIR(info.st_mode)) {
      add_piece(&machine->tree, (struct piece){.kind = PIECE_DIRECTORY, .path = inner, .upper = upper, .mode = info.st_mode & 01777});
      if (found == MOUNT_BELOW) split(machine, root, inner, mounts, count);
    } else if (S_ISREG(info.st_mode) && (copy = copy_read_only(outer, false)) >= 0) {
      add_graft(&machine->tree, inner, copy);
    }
    free(outer);
  }
  closedir(list);
}

void collect_pieces(struct machine *machine) {
  const char *root = machine->options.root ? machine->options.root : "/";
  struct mount_point *mounts;
  size_t count = read_mounts(&mounts);
  if (machine->user && mounts_at(root, mounts, count) & MOUNT_BELOW) split(machine, strcmp(root, "/") == 0 ? "" : root, "", mounts, count);
  else add_overlay(machine, root, "", "upper");
  if (!machine->options.root) {
    /* A mount of its own that holds what the machine writes, a separate /usr or /var, gets an overlay of its own. */
    for (size_t i = 0; i < count; i++) {
      if (!is_disk_mount(&mounts[i]) || !holds_own_path(mounts[i].target)) continue;
      add_separate_overlay(machine, mounts[i].target, mounts[i].target);
    }
  }
  for (size_t i = 0; i < machine->options.layers.count; i++) add_layer(machine, root, machine->options.layers.items[i]);
  if (machine->tree.shared_tmp) add_separate_overlay(machine, "/tmp", "/tmp");
}
