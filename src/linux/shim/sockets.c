/* Unix sockets: making, connecting, and what the kernel says about the peer. All are non-blocking and close-on-exec. */
#include "shim.h"

#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "sockets.h"

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif
#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif

int call_address(const struct call *call, size_t index, struct sockaddr_un *address) {
  char path[PATH_MAX];
  const int named = call_path(call, index, path);
  if (named < 0) return named;
  const size_t length = strlen(path);
  if (length == 0) return -ENOENT;
  if (length >= sizeof address->sun_path) return -ENAMETOOLONG;
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path, path, length);
  return 0;
}

int make_socket(int type) {
  const int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  return fd < 0 ? -errno : fd;
}

/* Only a socket file is stale; anything else in the way is an error. */
static int remove_stale(const char *path) {
  struct stat found;
  if (lstat(path, &found) < 0) return errno == ENOENT ? 0 : -errno;
  if (!S_ISSOCK(found.st_mode)) return -EEXIST;
  return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

int bind_at(int fd, const struct sockaddr_un *address, mode_t mode) {
  const int removed = remove_stale(address->sun_path);
  if (removed < 0) return removed;
  /* Before bind, so that the file is never more open than asked for; the umask may take more away, hence again after. */
  if (fchmod(fd, mode) < 0) return -errno;
  if (bind(fd, (const struct sockaddr *)address, sizeof *address) < 0) return -errno;
  return chmod(address->sun_path, mode) < 0 ? -errno : 0;
}

int set_passing(int fd, int on) { return setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &on, sizeof on) < 0 ? -errno : 0; }

/* listenStream(path, mode, backlog): a socket whose clients can pass no descriptors, where the kernel knows how. */
static napi_value listen_stream(napi_env env, napi_callback_info info) {
  struct call call;
  struct sockaddr_un address;
  call_open(&call, env, info);
  const int named = call_address(&call, 0, &address);
  if (named < 0) return give_number(env, named);
  const int fd = make_socket(SOCK_STREAM);
  if (fd < 0) return give_number(env, fd);
  /*
   * What a client attaches to its bytes would be closed by process 1, and a close may take as long as the client likes (SO_LINGER, FUSE).
   * Connections of this listener inherit it.
   */
  (void)set_passing(fd, 0);
  int result = bind_at(fd, &address, (mode_t)call_int(&call, 1));
  if (result == 0 && listen(fd, call_int(&call, 2)) < 0) result = -errno;
  if (result < 0) close(fd);
  return give_number(env, result < 0 ? result : fd);
}

/* accept(fd) */
static napi_value accept_connection(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const int fd = accept4(call_int(&call, 0), NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  return give_number(env, fd < 0 ? -errno : fd);
}

/* connectStream(path): -EAGAIN when the listener's queue is full. */
static napi_value connect_stream(napi_env env, napi_callback_info info) {
  struct call call;
  struct sockaddr_un address;
  call_open(&call, env, info);
  const int named = call_address(&call, 0, &address);
  if (named < 0) return give_number(env, named);
  const int fd = make_socket(SOCK_STREAM);
  if (fd < 0) return give_number(env, fd);
  if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) {
    const int error = -errno;
    close(fd);
    return give_number(env, error);
  }
  return give_number(env, fd);
}

/* socketError(fd) */
static napi_value socket_error(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  int pending = 0;
  socklen_t length = sizeof pending;
  return give_number(env, getsockopt(call_int(&call, 0), SOL_SOCKET, SO_ERROR, &pending, &length) < 0 ? -errno : -pending);
}

/* shutdownWrite(fd) */
static napi_value shutdown_write(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  return give_number(env, shutdown(call_int(&call, 0), SHUT_WR) < 0 ? -errno : 0);
}

/* peerCredentials(fd, into: Int32Array): {pid, uid, gid}. */
static napi_value peer_credentials(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const struct span into = call_bytes(&call, 1);
  struct ucred peer = {0, 0, 0};
  socklen_t length = sizeof peer;
  if (into.length < sizeof peer) return give_number(env, -EINVAL);
  if (getsockopt(call_int(&call, 0), SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0) return give_number(env, -errno);
  memcpy(into.data, &peer, sizeof peer);
  return give_number(env, 0);
}

/* peerGroups(fd): the bytes of 32-bit group ids, or -errno. */
static napi_value peer_groups(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const int fd = call_int(&call, 0);
  gid_t few[64];
  socklen_t length = sizeof few;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, few, &length) == 0) return give_bytes(env, few, length);
  if (errno != ERANGE) return give_number(env, -errno);
  gid_t *many = malloc(length);
  if (many == NULL) return give_number(env, -ENOMEM);
  const int got = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, many, &length);
  const napi_value result = got < 0 ? give_number(env, -errno) : give_bytes(env, many, length);
  free(many);
  return result;
}

/*
 * watchVanishing(directory): readable when an entry of it, or it itself, is taken away or replaced. A symbolic link is -ENOTDIR: the end of
 * the link would not be seen.
 */
static napi_value watch_vanishing(napi_env env, napi_callback_info info) {
  struct call call;
  char path[PATH_MAX];
  call_open(&call, env, info);
  const int named = call_path(&call, 0, path);
  if (named < 0) return give_number(env, named);
  const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) return give_number(env, -errno);
  const uint32_t gone = IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW;
  if (inotify_add_watch(fd, path, gone) < 0) {
    const int error = -errno;
    close(fd);
    return give_number(env, error);
  }
  return give_number(env, fd);
}

/* inode(path): the number of what lies there; a symbolic link is not followed. */
static napi_value inode(napi_env env, napi_callback_info info) {
  struct call call;
  char path[PATH_MAX];
  struct stat found;
  call_open(&call, env, info);
  const int named = call_path(&call, 0, path);
  if (named < 0) return give_number(env, named);
  return give_number(env, lstat(path, &found) < 0 ? -errno : (int64_t)found.st_ino);
}

void define_sockets(napi_env env, napi_value exports) {
  static const struct export list[] = {
    {"listenStream", listen_stream}, {"accept", accept_connection},          {"connectStream", connect_stream},
    {"socketError", socket_error},   {"shutdownWrite", shutdown_write},      {"peerCredentials", peer_credentials},
    {"peerGroups", peer_groups},     {"watchVanishing", watch_vanishing},    {"inode", inode},
  };
  DEFINE_EXPORTS(env, exports, list);
}
