/*
 * The steps of a mount, each a job of its own whose exit status tells what became of it. src/policy/mounts/statuses.ts has the same
 * numbers, and the words. O-139.
 */
#include <asm/stat.h>
#include <asm/statfs.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/mount.h>
#include <linux/stat.h>
#include <linux/time_types.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "../shim/raw-calls.h"
#include "helper.h"
#include "place.h"

/* Below: the errno of the call that the step is about. */
#define POINT_FAILED 140 /* and the errno, of making the mount point */
#define POINT_FAILED_OTHERWISE 199
#define OTHER_MOUNTED 200
#define NO_FSCK 201
#define IS_ROOT 202
#define NO_EXEC 203
#define POINT_IS_LINK 204
#define WRONG_ARGUMENTS 255

#define MNT_DETACH 2
#define UMOUNT_NOFOLLOW 8
#define PATH_LIMIT 4096

static size_t length_of(const char *text) {
  size_t length = 0;
  while (text[length] != '\0') length++;
  return length;
}

static void say(const char *first, const char *second, const char *third) {
  const char *parts[] = {first, second, third, "\n"};
  for (size_t i = 0; i < 4; i++) write_to(2, parts[i], length_of(parts[i]));
}

static int status_of(long result) { return result < 0 ? (int)-result : 0; }

static void pause_ms(long milliseconds) {
  struct __kernel_timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  RAW2(SYS_nanosleep, &time, NULL);
}

/* Waits for a path, without an end: who started it knows how long is long enough. */
int run_wait(char **arguments, size_t count) {
  struct stat found;
  if (count != 1) return WRONG_ARGUMENTS;
  for (long wait = 10;; wait = wait < 500 ? wait * 2 : 1000) {
    const long result = RAW2(SYS_stat, arguments[0], &found);
    if (result != -ENOENT && result != -ENOTDIR) return status_of(result);
    if (wait == 10) say("waiting for ", arguments[0], " to appear");
    pause_ms(wait);
  }
}

static int is_block(const struct stat *facts) { return (facts->st_mode & S_IFMT) == S_IFBLK; }

/* fsck.TYPE -a DEVICE takes the place of this program. */
int run_fsck(char **arguments, size_t count, char **environment) {
  static const char *const directories[] = {"/usr/local/sbin/", "/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"};
  static char path[PATH_LIMIT], repairing[] = "-a";
  struct stat device, root;
  if (count != 2 || length_of(arguments[0]) > 255) return WRONG_ARGUMENTS;
  if (RAW2(SYS_stat, arguments[1], &device) == 0 && is_block(&device) && RAW2(SYS_stat, "/", &root) == 0 && device.st_rdev == root.st_dev)
    return IS_ROOT;
  for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++) {
    const char *parts[] = {directories[i], "fsck.", arguments[0]};
    size_t length = 0;
    for (size_t part = 0; part < 3; part++)
      for (const char *from = parts[part]; *from != '\0'; from++) path[length++] = *from;
    path[length] = '\0';
    char *words[] = {path, repairing, arguments[1], NULL};
    const long result = RAW3(SYS_execve, path, words, environment);
    if (result != -ENOENT && result != -ENOTDIR) {
      say(path, " cannot be run: see its mode", " and its interpreter");
      return NO_EXEC;
    }
  }
  say("there is no program fsck.", arguments[0], "");
  return NO_FSCK;
}

/* A field of mountinfo: spaces and the like are octal there. */
static int field_is(const char *field, size_t length, const char *text) {
  size_t i = 0;
  while (i < length && *text != '\0') {
    char character = field[i++];
    if (character == '\\' && i + 3 <= length) {
      character = (char)((field[i] - '0') * 64 + (field[i + 1] - '0') * 8 + (field[i + 2] - '0'));
      i += 3;
    }
    if (character != *text++) return 0;
  }
  return i == length && *text == '\0';
}

static int same_device(const char *field, size_t length, const char *source) {
  static char path[PATH_LIMIT];
  struct stat one, other;
  if (field_is(field, length, source)) return 1;
  if (length >= sizeof path) return 0;
  for (size_t i = 0; i < length; i++) path[i] = field[i];
  path[length] = '\0';
  if (RAW2(SYS_stat, path, &one) != 0 || RAW2(SYS_stat, source, &other) != 0) return 0;
  return is_block(&one) && one.st_rdev == other.st_rdev;
}

/* One line of mountinfo, if it is about the target: 1 the same is mounted there, 0 something else; -1: another target. */
static int judge_line(const char *line, size_t length, const char *target, const char *source, const char *type) {
  const char *fields[16];
  size_t lengths[16];
  size_t count = 0, separator = 0;
  for (size_t i = 0; i < length && count < 16;) {
    size_t end = i;
    while (end < length && line[end] != ' ') end++;
    fields[count] = line + i;
    lengths[count] = end - i;
    if (separator == 0 && count > 4 && end - i == 1 && line[i] == '-') separator = count;
    count++;
    i = end + 1;
  }
  if (count < 5 || !field_is(fields[4], lengths[4], target)) return -1;
  if (separator == 0 || separator + 2 >= count) return 0;
  if (!field_is(fields[separator + 1], lengths[separator + 1], type)) return 0;
  return same_device(fields[separator + 2], lengths[separator + 2], source);
}

/* What is mounted at the target, topmost: as judge_line, or -errno below -1 where that cannot be read. */
static long mounted_there(const char *target, const char *source, const char *type) {
  static char buffer[32768];
  size_t held = 0;
  long verdict = -1;
  const long file = RAW3(SYS_open, "/proc/self/mountinfo", O_RDONLY | O_CLOEXEC, 0);
  if (file < 0) return -1;
  for (;;) {
    const long length = RAW3(SYS_read, file, buffer + held, sizeof buffer - held);
    if (length == -EINTR) continue;
    if (length <= 0) break;
    held += (size_t)length;
    size_t begin = 0;
    for (size_t end = 0; end < held; end++) {
      if (buffer[end] != '\n') continue;
      const int line = judge_line(buffer + begin, end - begin, target, source, type);
      if (line >= 0) verdict = line;
      begin = end + 1;
    }
    for (size_t i = begin; i < held; i++) buffer[i - begin] = buffer[i];
    held -= begin;
    if (held == sizeof buffer) break;
  }
  RAW1(SYS_close, file);
  return verdict;
}

/* The way to an open file that nobody can turn aside any more. */
static void descriptor_path(char text[40], long file) {
  static const char begin[] = "/proc/self/fd/";
  size_t at = length_of(begin), digits = 1;
  for (size_t i = 0; i < at; i++) text[i] = begin[i];
  for (long rest = file; rest >= 10; rest /= 10) digits++;
  text[at + digits] = '\0';
  for (long rest = file; digits > 0; rest /= 10) text[at + --digits] = (char)('0' + rest % 10);
}

/* As mountinfo has it, where symbolic links lie on the way. */
static const char *real_path(const char *descriptor, const char *path) {
  static char found[PATH_LIMIT];
  const long length = RAW3(SYS_readlink, descriptor, found, sizeof found - 1);
  if (length <= 0) return path;
  found[length] = '\0';
  return found;
}

static int is_mount_point(long file) {
  struct statx facts;
  const long result = RAW5(SYS_statx, file, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &facts);
  return result == 0 && (facts.stx_attributes_mask & facts.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

static int same_file(const char *left, const char *right) {
  struct stat one, other;
  if (RAW2(SYS_stat, left, &one) != 0 || RAW2(SYS_stat, right, &other) != 0) return 0;
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

static const char *or_none(const char *text) { return text[0] == '\0' ? NULL : text; }

/* Where something is to be mounted: the directory above, the name in it, and what is there. */
struct point {
  long directory;
  const char *name;
  long file;
  char path[40];
};

/* 0 or -errno. */
static long open_point(struct point *point) {
  point->file = RAW4(SYS_openat, point->directory, point->name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
  if (point->file < 0) return point->file;
  descriptor_path(point->path, point->file);
  return 0;
}

/* A bind takes its other flags by a second call, which would take those away that what is bound has already. */
static long mount_bind(const char *source, struct point *point, unsigned long flags, const char *data) {
  const unsigned long others = flags & ~(unsigned long)(MS_BIND | MS_REC);
  const long bound = RAW5(SYS_mount, source, point->path, NULL, flags & (MS_BIND | MS_REC), NULL);
  if (bound < 0 || others == 0) return bound;
  /* What was opened lies below it now. */
  const long opened = open_point(point);
  if (opened < 0) return opened;
  const char *target = point->path;
  struct statfs facts;
  const unsigned long inherited =
      RAW2(SYS_statfs, target, &facts) == 0
          ? (unsigned long)facts.f_flags & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME)
          : 0;
  const long changed = RAW5(SYS_mount, "none", target, NULL, MS_REMOUNT | MS_BIND | others | inherited, or_none(data));
  if (changed < 0) RAW2(SYS_umount2, target, MNT_DETACH);
  return changed;
}

static int point_status(long result) {
  return -result < POINT_FAILED_OTHERWISE - POINT_FAILED ? POINT_FAILED + (int)-result : POINT_FAILED_OTHERWISE;
}

int run_mount(char **arguments, size_t count) {
  unsigned long flags;
  if (count != 5 || !parse_number(arguments[3], &flags)) return WRONG_ARGUMENTS;
  const char *source = arguments[0], *target = arguments[1], *type = arguments[2], *data = arguments[4];
  const int bind = (flags & MS_BIND) != 0;
  if ((flags & MS_REMOUNT) != 0) return status_of(RAW5(SYS_mount, source, target, or_none(type), flags, or_none(data)));
  struct point point;
  struct stat found;
  point.directory = walk(target, 1, &point.name);
  if (point.directory < 0) return point_status(point.directory);
  long opened = open_point(&point);
  if (opened == -ENOENT) {
    const long made = RAW3(SYS_mkdirat, point.directory, point.name, 0755);
    opened = made < 0 && made != -EEXIST ? made : open_point(&point);
  }
  if (opened == 0) opened = RAW2(SYS_fstat, point.file, &found);
  if (opened < 0) return point_status(opened);
  /* umount2(2) must not follow it. */
  if (S_ISLNK(found.st_mode)) return POINT_IS_LINK;
  if (is_mount_point(point.file)) {
    const int is_same = bind ? same_file(source, point.path) : mounted_there(real_path(point.path, target), source, type) == 1;
    if (!is_same) return OTHER_MOUNTED;
    say(target, " is mounted already", "");
    return 0;
  }
  if (bind) return status_of(mount_bind(source, &point, flags, data));
  return status_of(RAW5(SYS_mount, source, point.path, or_none(type), flags, or_none(data)));
}

int run_sync(size_t count, int root_only) {
  if (count != 0) return WRONG_ARGUMENTS;
  if (!root_only) return status_of(RAW0(SYS_sync));
  const long root = RAW3(SYS_open, "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  return root < 0 ? status_of(root) : status_of(RAW1(SYS_syncfs, root));
}

/* What is gone already is as it should be. What has just been killed may hold it a moment longer. */
int run_umount(char **arguments, size_t count) {
  const char *name = NULL;
  if (count != 1) return WRONG_ARGUMENTS;
  const long directory = walk(arguments[0], 0, &name);
  /* By its name from there: /proc may be gone already. */
  const long entered = directory < 0 ? directory : RAW1(SYS_fchdir, directory);
  if (entered < 0) return entered == -ENOENT ? 0 : status_of(entered);
  for (long waited = 0;; waited += 20) {
    const long result = RAW2(SYS_umount2, name, UMOUNT_NOFOLLOW);
    if (result == -EINVAL || result == -ENOENT) return 0;
    if (result != -EBUSY || waited >= 1000) return status_of(result);
    pause_ms(20);
  }
}
