/*
 * A directory or file that is to be there. The way to it is walked name by name: a symbolic link on it is followed where it
 * belongs to whom the root belongs to and lies where nobody else may put one, and at the end none is followed. So no user leads
 * it to another place than the one that was named. O-144.
 */
#include <asm/stat.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "../shim/raw-calls.h"
#include "place.h"

#define LONGEST 8192
#define MOST_LINKS 40
#define WRITABLE_BY_OTHERS 022

/* What is left of the way, and where the next one is put together. */
static char ways[2][LONGEST];

static long open_at(long directory, const char *name, long flags, long mode) {
  return RAW4(SYS_openat, directory, name, flags | O_CLOEXEC, mode);
}

static long open_root(void) { return open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0); }

static void drop(long file) {
  if (file >= 0) RAW1(SYS_close, file);
}

/* The text behind what is there; its end, or NULL without room. */
static char *append(char *at, const char *end, const char *text) {
  for (; *text != '\0'; text++) {
    if (at + 1 >= end) return NULL;
    *at++ = *text;
  }
  *at = '\0';
  return at;
}

static int is_trusted(const struct stat *link, long directory, uint32_t owner) {
  struct stat above;
  if (link->st_uid != 0 && link->st_uid != owner) return 0;
  if (RAW2(SYS_fstat, directory, &above) < 0 || (above.st_uid != 0 && above.st_uid != owner)) return 0;
  return (above.st_mode & WRITABLE_BY_OTHERS) == 0 || (above.st_mode & S_ISVTX) != 0;
}

long walk(const char *path, int makes, const char **name) {
  struct stat found;
  int current = 0;
  long directory = open_root();
  if (directory < 0) return directory;
  long failure = RAW2(SYS_fstat, directory, &found);
  const uint32_t owner = found.st_uid;
  if (failure == 0 && append(ways[0], ways[0] + LONGEST, path) == NULL) failure = -ENAMETOOLONG;
  char *at = ways[0];
  for (int links = 0; failure == 0;) {
    while (*at == '/') at++;
    char *end = at;
    while (*end != '\0' && *end != '/') end++;
    char *rest = end;
    while (*rest == '/') rest++;
    if (end == at) failure = -ENOENT;
    else if (*rest == '\0') {
      *end = '\0';
      *name = at;
      return directory;
    }
    *end = '\0';
    long child = failure < 0 ? failure : open_at(directory, at, O_PATH | O_NOFOLLOW, 0);
    if (child == -ENOENT && makes && failure == 0) {
      const long made = RAW3(SYS_mkdirat, directory, at, 0755);
      child = made < 0 && made != -EEXIST ? made : open_at(directory, at, O_PATH | O_NOFOLLOW, 0);
    }
    failure = child < 0 ? child : RAW2(SYS_fstat, child, &found);
    if (failure == 0 && S_ISLNK(found.st_mode)) {
      char *next = ways[1 - current];
      const long length = RAW4(SYS_readlinkat, child, "", next, LONGEST - 1);
      drop(child);
      if (length <= 0) failure = length < 0 ? length : -ENOENT;
      else if (!is_trusted(&found, directory, owner) || ++links > MOST_LINKS) failure = -ELOOP;
      if (failure < 0) break;
      next[length] = '\0';
      char *behind = append(next + length, next + LONGEST, "/");
      if (behind == NULL || append(behind, next + LONGEST, rest) == NULL) failure = -ENAMETOOLONG;
      if (next[0] == '/') {
        drop(directory);
        directory = open_root();
        if (directory < 0) return directory;
      }
      current = 1 - current;
      at = next;
      continue;
    }
    if (failure == 0 && !S_ISDIR(found.st_mode)) failure = -ENOTDIR;
    if (failure < 0) {
      drop(child);
      break;
    }
    drop(directory);
    directory = child;
    at = rest;
  }
  drop(directory);
  return failure;
}

static struct placed failed(enum place_step step, long result) {
  const struct placed placed = {-result, step, 0};
  return placed;
}

/* What is wrong with the kind of what was found; 0: nothing. */
static long wrong_kind(const struct stat *found, const struct wanted *wanted) {
  if (S_ISLNK(found->st_mode)) return -ELOOP;
  if (wanted->is_directory) return S_ISDIR(found->st_mode) ? 0 : -ENOTDIR;
  if (S_ISDIR(found->st_mode)) return -EISDIR;
  return S_ISREG(found->st_mode) ? 0 : -EINVAL;
}

static struct placed give(long file, const struct stat *found, const struct wanted *wanted) {
  const struct placed done = {0, STEP_MODE, 0};
  long result = 0;
  if (found->st_uid != wanted->uid || found->st_gid != wanted->gid) result = RAW3(SYS_fchown, file, wanted->uid, wanted->gid);
  if (result < 0) return failed(STEP_OWNER, result);
  if ((found->st_mode & 07777) != wanted->mode || found->st_uid != wanted->uid || found->st_gid != wanted->gid)
    result = RAW2(SYS_fchmod, file, wanted->mode);
  return result < 0 ? failed(STEP_MODE, result) : done;
}

/* Without opening it: what it is decides whether that may be done. */
static struct placed take(long directory, const char *name, const struct wanted *wanted) {
  struct placed placed = {0, STEP_TYPE, 0};
  struct stat found;
  struct stat opened;
  long result = RAW4(SYS_newfstatat, directory, name, &found, AT_SYMLINK_NOFOLLOW);
  if (result == 0) result = wrong_kind(&found, wanted);
  if (result < 0) return failed(STEP_TYPE, result);
  if (!wanted->of_existing) return placed;
  if (!wanted->is_directory && found.st_nlink > 1) return failed(STEP_NAMES, -EMLINK);
  const long file = open_at(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
  result = file < 0 ? file : RAW2(SYS_fstat, file, &opened);
  if (result == 0 && (opened.st_dev != found.st_dev || opened.st_ino != found.st_ino)) result = -ESTALE;
  placed = result < 0 ? failed(STEP_TYPE, result) : give(file, &opened, wanted);
  drop(file);
  return placed;
}

static struct placed make(long directory, const char *name, const struct wanted *wanted) {
  struct stat found;
  long file = -1;
  long result;
  if (wanted->is_directory) {
    result = RAW3(SYS_mkdirat, directory, name, 0700);
    if (result == 0) result = file = open_at(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
  } else result = file = open_at(directory, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (result == -EEXIST) return take(directory, name, wanted);
  if (result < 0) return failed(STEP_MAKE, result);
  result = RAW2(SYS_fstat, file, &found);
  struct placed placed = result < 0 ? failed(STEP_MAKE, result) : give(file, &found, wanted);
  drop(file);
  placed.made = placed.error == 0;
  /* Nothing is left half made: the next boot would take it as it is. */
  if (placed.error != 0) RAW3(SYS_unlinkat, directory, name, wanted->is_directory ? AT_REMOVEDIR : 0);
  return placed;
}

struct placed place(const char *path, const struct wanted *wanted) {
  const char *name = NULL;
  const long directory = walk(path, 0, &name);
  if (directory < 0) return failed(STEP_ABOVE, directory);
  const struct placed placed = make(directory, name, wanted);
  drop(directory);
  return placed;
}
