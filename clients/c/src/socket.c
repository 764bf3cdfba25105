#include "socket.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"

int peinit_connect(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t length = strlen(path);
  if (length >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(address.sun_path, path, length + 1);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) return fd;
  int why = errno;
  close(fd);
  errno = why;
  return -1;
}

bool peinit_passes(int system_error, bool is_awaited) {
  bool is_absent = system_error == ENOENT || system_error == ECONNREFUSED;
  return system_error == EAGAIN || system_error == EINTR || (is_awaited && is_absent);
}

bool peinit_fail_foreign(const struct peinit_endpoint *endpoint, const char *path, const char *why, peinit_error **error) {
  return peinit_fail(error, PEINIT_ERROR_PROTOCOL, 0, "%s does not speak the protocol of the %s socket (%s); is it the right one? "
                     "The usual one is %s", path, endpoint->name, why, endpoint->path);
}

bool peinit_fail_unreachable(const struct peinit_endpoint *endpoint, const char *path, int system_error, peinit_error **error) {
  switch (system_error) {
    case ENOENT:
      return peinit_fail(error, PEINIT_ERROR_CONNECTION, ENOENT, "there is no %s socket at %s; is this inside a machine that peinit runs? "
                         "(peinit-sandbox exec NAME -- ...)", endpoint->name, path);
    case ECONNREFUSED:
      return peinit_fail(error, PEINIT_ERROR_CONNECTION, ECONNREFUSED, "nobody listens at %s: its daemon has ended or is not up yet", path);
    case EAGAIN:
      return peinit_fail(error, PEINIT_ERROR_CONNECTION, EAGAIN, "too many wait at %s already; try again later", path);
    case EACCES: return peinit_fail(error, PEINIT_ERROR_CONNECTION, EACCES, "no permission to open %s", path);
    case ENAMETOOLONG: return peinit_fail(error, PEINIT_ERROR_CONNECTION, ENAMETOOLONG, "%s is too long for a socket", path);
    default: return peinit_fail(error, PEINIT_ERROR_CONNECTION, system_error, "connecting to %s failed: %s", path, strerror(system_error));
  }
}

enum { first_pause_ms = 20, longest_pause_ms = 500 };

int64_t peinit_pause(struct peinit_patience *patience) {
  int64_t now = peinit_now_ms();
  if (patience->until == 0) {
    patience->until = now + patience->length_ms;
    patience->pause_ms = first_pause_ms;
  }
  if (now >= patience->until) return -1;
  int64_t again = now + patience->pause_ms;
  patience->pause_ms = patience->pause_ms * 2 > longest_pause_ms ? longest_pause_ms : patience->pause_ms * 2;
  return again;
}
