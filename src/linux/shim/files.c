/* Files that are read and written whole, and raw descriptors. All are close-on-exec from creation. */
#include "shim.h"

#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int64_t outcome(int64_t result) { return result < 0 ? -errno : result; }

static int write_all(int fd, const char *data, size_t length) {
  while (length > 0) {
    const ssize_t written = write(fd, data, length);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return -errno;
    data += written;
    length -= (size_t)written;
  }
  return 0;
}

/* Content to write: a string or bytes. */
struct content {
  struct text text;
  const char *data;
  size_t length;
};

static int take_content(const struct call *call, size_t index, struct content *content) {
  napi_valuetype type = napi_undefined;
  napi_typeof(call->env, call->argument[index], &type);
  content->text.data = content->text.small;
  if (type == napi_string) {
    const int taken = call_text(call, index, &content->text);
    content->data = content->text.data;
    content->length = content->text.length;
    return taken;
  }
  const struct span span = call_bytes(call, index);
  content->data = (const char *)span.data;
  content->length = span.length;
  return 0;
}

enum { WRITE_SYNC = 1 };

/* writeFile(path, data: string | Uint8Array, flags, mode, options) */
static napi_value write_file(napi_env env, napi_callback_info info) {
  struct call call;
  char path[PATH_MAX];
  struct content content;
  call_open(&call, env, info);
  int result = call_path(&call, 0, path);
  if (result < 0) return give_number(env, result);
  result = take_content(&call, 1, &content);
  if (result == 0) {
    /* A pipe that nobody reads would be waited for. */
    const int fd = open(path, call_int(&call, 2) | O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, (mode_t)call_int(&call, 3));
    result = fd < 0 ? -errno : write_all(fd, content.data, content.length);
    if (result == 0 && call_int(&call, 4) & WRITE_SYNC && fsync(fd) < 0) result = -errno;
    /* A failed close of a written file is a failed write. */
    if (fd >= 0 && close(fd) < 0 && result == 0 && errno != EINTR) result = -errno;
  }
  text_close(&content.text);
  return give_number(env, result);
}

static int sync_directory_of(const char *path) {
  char directory[PATH_MAX];
  const char *slash = strrchr(path, '/');
  if (slash == NULL) strcpy(directory, ".");
  else if (slash == path) strcpy(directory, "/");
  else {
    memcpy(directory, path, (size_t)(slash - path));
    directory[slash - path] = '\0';
  }
  const int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return -errno;
  const int result = fsync(fd) < 0 ? -errno : 0;
  close(fd);
  return result;
}

static int write_beside(const char *temporary, const char *path, const struct content *content, mode_t mode) {
  /* What a crash left, or somebody put there: a pipe would be waited for. */
  if (unlink(temporary) < 0) rmdir(temporary);
  const int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return -errno;
  int result = write_all(fd, content->data, content->length);
  if (result == 0 && (fchmod(fd, mode) < 0 || fsync(fd) < 0)) result = -errno;
  if (close(fd) < 0 && result == 0 && errno != EINTR) result = -errno;
  if (result == 0 && rename(temporary, path) < 0) result = -errno;
  if (result < 0) unlink(temporary);
  return result;
}

/* replaceFile(path, data, mode): readers see the old content or the new one, also after a crash. */
static napi_value replace_file(napi_env env, napi_callback_info info) {
  struct call call;
  /* The second one where a directory that is not empty has the name of the first. */
  static const char *const suffixes[] = {".new~", ".new2~"};
  char path[PATH_MAX], temporary[PATH_MAX + 8];
  struct content content;
  call_open(&call, env, info);
  int result = call_path(&call, 0, path);
  if (result < 0) return give_number(env, result);
  result = take_content(&call, 1, &content);
  for (size_t i = 0; i < 2 && (i == 0 ? result == 0 : result == -EEXIST); i++) {
    snprintf(temporary, sizeof temporary, "%s%s", path, suffixes[i]);
    result = write_beside(temporary, path, &content, (mode_t)call_int(&call, 2));
  }
  text_close(&content.text);
  if (result == 0) result = sync_directory_of(path);
  return give_number(env, result);
}

/* readFile(path, maxBytes): bytes or -errno. */
static napi_value read_file(napi_env env, napi_callback_info info) {
  struct call call;
  char path[PATH_MAX];
  call_open(&call, env, info);
  const int named = call_path(&call, 0, path);
  if (named < 0) return give_number(env, named);
  const int64_t limit = call_long(&call, 1);
  if (limit < 0) return give_number(env, -EINVAL);
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return give_number(env, -errno);
  char small[4096];
  char *data = small;
  size_t room = sizeof small, length = 0;
  int error = 0;
  while (length < (size_t)limit) {
    if (length == room) {
      char *larger = data == small ? malloc(room * 4) : realloc(data, room * 4);
      if (larger == NULL) {
        error = -ENOMEM;
        break;
      }
      if (data == small) memcpy(larger, small, length);
      data = larger;
      room *= 4;
    }
    size_t wanted = room - length;
    if (wanted > (size_t)limit - length) wanted = (size_t)limit - length;
    const ssize_t bytes = read(fd, data + length, wanted);
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) error = -errno;
    if (bytes <= 0) break;
    length += (size_t)bytes;
  }
  close(fd);
  const napi_value result = error < 0 ? give_number(env, error) : give_bytes(env, data, length);
  if (data != small) free(data);
  return result;
}

/* Calls on one path with up to two numbers. */
static napi_value on_path(napi_env env, napi_callback_info info, int (*act)(const char *path, int32_t first, int32_t second)) {
  struct call call;
  char path[PATH_MAX];
  call_open(&call, env, info);
  const int named = call_path(&call, 0, path);
  return give_number(env, named < 0 ? named : outcome(act(path, call_int(&call, 1), call_int(&call, 2))));
}

static int act_mkdir(const char *path, int32_t mode, int32_t unused) {
  (void)unused;
  return mkdir(path, (mode_t)mode);
}

static int act_rmdir(const char *path, int32_t unused, int32_t unused_too) {
  (void)unused;
  (void)unused_too;
  return rmdir(path);
}

static int act_unlink(const char *path, int32_t unused, int32_t unused_too) {
  (void)unused;
  (void)unused_too;
  return unlink(path);
}

static int act_chmod(const char *path, int32_t mode, int32_t unused) {
  (void)unused;
  return chmod(path, (mode_t)mode);
}

static int act_chown(const char *path, int32_t uid, int32_t gid) { return chown(path, (uid_t)uid, (gid_t)gid); }

static int act_executable(const char *path, int32_t unused, int32_t unused_too) {
  (void)unused;
  (void)unused_too;
  return access(path, X_OK);
}

static int act_open(const char *path, int32_t flags, int32_t mode) { return open(path, flags | O_CLOEXEC, (mode_t)mode); }

static napi_value make_directory(napi_env env, napi_callback_info info) { return on_path(env, info, act_mkdir); }
static napi_value remove_directory(napi_env env, napi_callback_info info) { return on_path(env, info, act_rmdir); }
static napi_value remove_file(napi_env env, napi_callback_info info) { return on_path(env, info, act_unlink); }
static napi_value change_mode(napi_env env, napi_callback_info info) { return on_path(env, info, act_chmod); }
static napi_value change_owner(napi_env env, napi_callback_info info) { return on_path(env, info, act_chown); }
static napi_value check_executable(napi_env env, napi_callback_info info) { return on_path(env, info, act_executable); }
static napi_value open_path(napi_env env, napi_callback_info info) { return on_path(env, info, act_open); }

/* isTerminal(fd): 1 or 0. */
static napi_value is_terminal(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  return give_number(env, isatty(call_int(&call, 0)));
}

/*
 * changed(fd): 1 when POLLPRI stands, which asking takes back for files of /proc. Not a matter for the loop: a set of descriptors that is
 * itself in a set loses it.
 */
static napi_value changed(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  struct pollfd asked = {call_int(&call, 0), POLLPRI, 0};
  if (poll(&asked, 1, 0) < 0) return give_number(env, -errno);
  if (asked.revents & POLLNVAL) return give_number(env, -EBADF);
  return give_number(env, (asked.revents & POLLPRI) != 0);
}

static napi_value close_descriptor(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  return give_number(env, outcome(close(call_int(&call, 0))));
}

/* readDescriptor(fd, into) */
static napi_value read_descriptor(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const struct span into = call_bytes(&call, 1);
  return give_number(env, outcome(read(call_int(&call, 0), into.data, into.length)));
}

/* readDescriptorAt(fd, into, offset): rereading cgroup.events from its start is what arms its next EPOLLPRI. */
static napi_value read_descriptor_at(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const struct span into = call_bytes(&call, 1);
  return give_number(env, outcome(pread(call_int(&call, 0), into.data, into.length, call_long(&call, 2))));
}

/* writeDescriptor(fd, data, offset, length) */
static napi_value write_descriptor(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const struct span data = call_bytes(&call, 1);
  const int64_t offset = call_long(&call, 2), length = call_long(&call, 3);
  if (offset < 0 || length < 0 || (uint64_t)offset + (uint64_t)length > data.length) return give_number(env, -EINVAL);
  return give_number(env, outcome(write(call_int(&call, 0), data.data + offset, (size_t)length)));
}

/* pipe(into: Int32Array, nonblockingRead: 0 | 1, capacity, uid, gid): the ends are in `into`; the capacity is best effort. */
static napi_value make_pipe(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const struct span into = call_bytes(&call, 0);
  if (into.length < 2 * sizeof(int)) return give_number(env, -EINVAL);
  int *ends = (int *)(void *)into.data;
  if (pipe2(ends, O_CLOEXEC) < 0) return give_number(env, -errno);
  const uid_t owner = (uid_t)call_long(&call, 3);
  if ((call_int(&call, 1) != 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) ||
      (owner != 0 && fchown(ends[1], owner, (gid_t)call_long(&call, 4)) < 0)) {
    const int error = -errno;
    close(ends[0]);
    close(ends[1]);
    return give_number(env, error);
  }
  if (call_int(&call, 2) > 0) fcntl(ends[0], F_SETPIPE_SZ, call_int(&call, 2));
  return give_number(env, 0);
}

/* lockFile(fd): the whole file for this open file description alone; -EAGAIN: somebody else has it. Ends when the descriptor is closed. */
static napi_value lock_file(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  return give_number(env, outcome(fcntl(call_int(&call, 0), F_OFD_SETLK, &whole)));
}

/* Of Linux 6.10; older headers do not have it. */
#ifndef F_DUPFD_QUERY
#define F_DUPFD_QUERY (1024 + 3)
#endif

/*
 * compareDescriptions(fd, other): 0: the same open file description, 1: less, 2: greater in the order that the kernel has them in,
 * 3: different, and the kernel does not tell their order, -errno: it does not tell at all.
 */
static napi_value compare_descriptions(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const int fd = call_int(&call, 0), other = call_int(&call, 1);
  const pid_t self = getpid();
  const long order = syscall(SYS_kcmp, self, self, KCMP_FILE, (long)fd, (long)other);
  if (order >= 0) return give_number(env, order);
  const int error = -errno;
  const int same = fcntl(fd, F_DUPFD_QUERY, other);
  if (same >= 0) return give_number(env, same > 0 ? 0 : 3);
  return give_number(env, errno == EBADF ? -EBADF : error);
}

void define_files(napi_env env, napi_value exports) {
  static const struct export list[] = {
    {"readFile", read_file},
    {"writeFile", write_file},
    {"replaceFile", replace_file},
    {"mkdir", make_directory},
    {"rmdir", remove_directory},
    {"unlink", remove_file},
    {"chmod", change_mode},
    {"chown", change_owner},
    {"executable", check_executable},
    {"isTerminal", is_terminal},
    {"changed", changed},
    {"open", open_path},
    {"close", close_descriptor},
    {"read", read_descriptor},
    {"readAt", read_descriptor_at},
    {"write", write_descriptor},
    {"pipe", make_pipe},
    {"compareDescriptions", compare_descriptions},
    {"lockFile", lock_file},
  };
  DEFINE_EXPORTS(env, exports, list);
}
