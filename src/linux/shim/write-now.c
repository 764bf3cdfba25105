/*
 * Writing without waiting where O_NONBLOCK may not be set: a standard stream is shared with others, and the flag is of what is open, not of
 * the descriptor, so they would all get it.
 */
#include "shim.h"

#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* A pipe with room takes so much at once; a terminal says that it has room from about this much on. */
enum { PIPE_PIECE = PIPE_BUF, TERMINAL_PIECE = 256 };

static ssize_t write_now(int fd, const uint8_t *data, size_t length) {
  ssize_t written = send(fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (written >= 0 || errno != ENOTSOCK) return written;
  const struct iovec part = {(void *)data, length};
  written = pwritev2(fd, &part, 1, -1, RWF_NOWAIT);
  if (written >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL)) return written;
  /* Older kernels for pipes, all of them for terminals. A regular file always has room. */
  struct pollfd room = {.fd = fd, .events = POLLOUT};
  const int ready = poll(&room, 1, 0);
  if (ready < 0) return -1;
  if (ready == 0) {
    errno = EAGAIN;
    return -1;
  }
  const size_t piece = isatty(fd) ? TERMINAL_PIECE : PIPE_PIECE;
  return write(fd, data, length < piece ? length : piece);
}

/* writeNow(fd, data, offset, length): bytes, -EAGAIN when there is no room, or another -errno. */
static napi_value write_descriptor_now(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const struct span data = call_bytes(&call, 1);
  const int64_t offset = call_long(&call, 2), length = call_long(&call, 3);
  if (offset < 0 || length < 0 || (uint64_t)offset + (uint64_t)length > data.length) return give_number(env, -EINVAL);
  const ssize_t written = write_now(call_int(&call, 0), data.data + offset, (size_t)length);
  return give_number(env, written < 0 ? -errno : written);
}

void define_write_now(napi_env env, napi_value exports) {
  static const struct export list[] = {{"writeNow", write_descriptor_now}};
  DEFINE_EXPORTS(env, exports, list);
}
