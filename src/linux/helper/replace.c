/*
 * A small file that is replaced as a whole: who reads it sees the old text or the new one, also after a crash. As replaceFile of the shim
 * does it, in a process that may wait for its disk. O-137.
 */
#include "replace.h"

#include <linux/errno.h>
#include <linux/fcntl.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "../shim/raw-calls.h"

#define LONGEST 4096

static size_t length_of(const char *text) {
  size_t length = 0;
  while (text[length] != '\0') length++;
  return length;
}

static long write_all(long file, const char *text, size_t length) {
  while (length > 0) {
    const long written = RAW3(SYS_write, file, text, length);
    if (written == -EINTR) continue;
    if (written <= 0) return written < 0 ? written : -EIO;
    text += written;
    length -= (size_t)written;
  }
  return 0;
}

static long write_beside(const char *temporary, const char *path, unsigned long mode, const char *text) {
  if (RAW1(SYS_unlink, temporary) < 0) RAW1(SYS_rmdir, temporary);
  const long file = RAW3(SYS_open, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return file;
  long result = write_all(file, text, length_of(text));
  if (result == 0) result = RAW2(SYS_fchmod, file, mode);
  if (result == 0) result = RAW1(SYS_fsync, file);
  RAW1(SYS_close, file);
  if (result == 0) result = RAW2(SYS_rename, temporary, path);
  if (result < 0) RAW1(SYS_unlink, temporary);
  return result;
}

static long sync_directory(const char *directory) {
  const long file = RAW3(SYS_open, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (file < 0) return file;
  const long result = RAW1(SYS_fsync, file);
  RAW1(SYS_close, file);
  return result;
}

long replace(const char *path, unsigned long mode, const char *text) {
  static const char *const suffixes[] = {".new~", ".new2~"};
  char temporary[LONGEST + 8], directory[LONGEST];
  const size_t length = length_of(path);
  if (length == 0 || length >= LONGEST || path[0] != '/') return -EINVAL;
  size_t slash = 0;
  for (size_t i = 0; i < length; i++) {
    temporary[i] = directory[i] = path[i];
    if (path[i] == '/') slash = i;
  }
  directory[slash == 0 ? 1 : slash] = '\0';
  long result = -EEXIST;
  for (size_t i = 0; i < 2 && result == -EEXIST; i++) {
    for (size_t at = 0; at <= length_of(suffixes[i]); at++) temporary[length + at] = suffixes[i][at];
    result = write_beside(temporary, path, mode, text);
  }
  return result < 0 ? result : sync_directory(directory);
}
