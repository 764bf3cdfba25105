#include <peinit/commands.h>
#include <peinit/notify.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "describe.h"
#include "failure.h"

/* The kernel takes no more with one datagram. */
enum { most_fds = 253 };

static void add_line(struct peinit_buffer *lines, const char *key, peinit_text value) {
  if (lines->length > 0) peinit_buffer_add(lines, "\n", 1);
  peinit_buffer_add_string(lines, key);
  peinit_buffer_add(lines, "=", 1);
  size_t from = lines->length;
  peinit_buffer_add(lines, value.bytes, value.length);
  /* A line of its own would be another notification. */
  for (size_t i = from; i < lines->length; i++)
    if (lines->bytes[i] == '\n') lines->bytes[i] = ' ';
}

static void add_row(struct peinit_buffer *lines, const struct peinit_notify_row *row, const unsigned char *notification) {
  const unsigned char *at = notification + row->offset;
  char digits[32];
  if (row->type == PEINIT_TYPE_BOOLEAN) {
    if (*(const bool *)at) add_line(lines, row->key, peinit_text_of(row->value));
    return;
  }
  if (row->type == PEINIT_TYPE_TEXT) {
    peinit_text text;
    memcpy(&text, at, sizeof text);
    if (text.bytes != NULL) add_line(lines, row->key, text);
    return;
  }
  if (!*(const bool *)(notification + row->flag)) return;
  if (row->type == PEINIT_TYPE_INT32 || row->type == PEINIT_TYPE_UINT32) {
    int32_t number;
    memcpy(&number, at, sizeof number);
    if (row->type == PEINIT_TYPE_INT32) snprintf(digits, sizeof digits, "%" PRId32, number);
    else snprintf(digits, sizeof digits, "%" PRIu32, (uint32_t)number);
  } else {
    uint64_t number;
    memcpy(&number, at, sizeof number);
    if (row->type == PEINIT_TYPE_INT64) snprintf(digits, sizeof digits, "%" PRId64, (int64_t)number);
    else snprintf(digits, sizeof digits, "%" PRIu64, number);
  }
  add_line(lines, row->key, peinit_text_of(digits));
}

/* A leading @ stands for the abstract namespace. */
static bool address_of(const char *path, struct sockaddr_un *address, socklen_t *size) {
  size_t length = strlen(path);
  if (length >= sizeof address->sun_path) return false;
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  memcpy(address->sun_path, path, length);
  if (path[0] == '@') address->sun_path[0] = '\0';
  *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (path[0] == '@' ? 0 : 1));
  return true;
}

static bool send_lines(const char *path, const struct peinit_buffer *lines, const int *fds, size_t count, peinit_error **error) {
  struct sockaddr_un address;
  socklen_t size;
  _Alignas(struct cmsghdr) unsigned char control[CMSG_SPACE(most_fds * sizeof(int))] = {0};
  if (!address_of(path, &address, &size))
    return peinit_fail(error, PEINIT_ERROR_SYSTEM, ENAMETOOLONG, "NOTIFY_SOCKET is too long for a socket: %s", path);
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return peinit_fail(error, PEINIT_ERROR_SYSTEM, errno, "a notification needs a socket: %s", strerror(errno));
  struct iovec piece = {.iov_base = lines->bytes, .iov_len = lines->length};
  struct msghdr message = {.msg_name = &address, .msg_namelen = size, .msg_iov = &piece, .msg_iovlen = 1};
  if (count > 0) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(header), fds, count * sizeof(int));
  }
  ssize_t sent;
  do sent = sendmsg(fd, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  int why = errno;
  close(fd);
  if (sent == (ssize_t)lines->length) return true;
  return peinit_fail(error, PEINIT_ERROR_CONNECTION, why, "the notification could not be sent to %s: %s", path, strerror(why));
}

peinit_notified peinit_notify_with_fds(const peinit_notify_notification *notification, const int *fds, size_t count, peinit_error **error) {
  const char *path = getenv(PEINIT_VARIABLE_NOTIFY_SOCKET);
  if (path == NULL || path[0] == '\0') return PEINIT_NOTIFY_NOBODY;
  if (count > most_fds) {
    peinit_fail(error, PEINIT_ERROR_USAGE, EINVAL, "one datagram holds %d descriptors, not %zu; send several", (int)most_fds, count);
    return PEINIT_NOTIFY_FAILED;
  }
  struct peinit_buffer lines = {0};
  for (size_t i = 0; i < peinit_notify_row_count; i++) add_row(&lines, &peinit_notify_rows[i], (const unsigned char *)notification);
  bool is_sent = false;
  if (lines.has_failed) peinit_fail_memory(error);
  else if (lines.length == 0) peinit_fail(error, PEINIT_ERROR_USAGE, EINVAL, "the notification says nothing; set a member");
  else if (lines.length > PEINIT_NOTIFY_MAX_LENGTH)
    peinit_fail(error, PEINIT_ERROR_USAGE, EMSGSIZE, "the notification has more than %d bytes; say less", PEINIT_NOTIFY_MAX_LENGTH);
  else is_sent = send_lines(path, &lines, fds, count, error);
  peinit_buffer_end(&lines);
  return is_sent ? PEINIT_NOTIFIED : PEINIT_NOTIFY_FAILED;
}

peinit_notified peinit_notify(const peinit_notify_notification *notification, peinit_error **error) {
  return peinit_notify_with_fds(notification, NULL, 0, error);
}

peinit_notified peinit_notify_ready(peinit_error **error) {
  return peinit_notify(&(peinit_notify_notification){.ready = true}, error);
}

peinit_notified peinit_notify_reloading(peinit_error **error) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  uint64_t usec = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
  return peinit_notify(&(peinit_notify_notification){.reloading = true, .monotonic_usec = usec, .has_monotonic_usec = true}, error);
}

peinit_notified peinit_notify_stopping(peinit_error **error) {
  return peinit_notify(&(peinit_notify_notification){.stopping = true}, error);
}

peinit_notified peinit_notify_mainpid(uint32_t pid, peinit_error **error) {
  return peinit_notify(&(peinit_notify_notification){.mainpid = pid, .has_mainpid = true}, error);
}

peinit_notified peinit_notify_status(const char *status, peinit_error **error) {
  return peinit_notify(&(peinit_notify_notification){.status = peinit_text_of(status)}, error);
}

peinit_notified peinit_notify_watchdog(peinit_error **error) {
  return peinit_notify(&(peinit_notify_notification){.watchdog = true}, error);
}

peinit_notified peinit_notify_extend_timeout(uint64_t usec, peinit_error **error) {
  return peinit_notify(&(peinit_notify_notification){.extend_timeout_usec = usec, .has_extend_timeout_usec = true}, error);
}

peinit_notified peinit_notify_store(const char *name, const int *fds, size_t count, peinit_error **error) {
  return peinit_notify_with_fds(&(peinit_notify_notification){.fd_store = true, .fd_name = peinit_text_of(name)}, fds, count, error);
}

peinit_notified peinit_notify_remove(const char *name, peinit_error **error) {
  return peinit_notify(&(peinit_notify_notification){.fd_store_remove = true, .fd_name = peinit_text_of(name)}, error);
}

/* The manager closes its end of the pipe once it has come to the datagram that brings it. */
peinit_notified peinit_notify_barrier(int timeout_ms, peinit_error **error) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    peinit_fail(error, PEINIT_ERROR_SYSTEM, errno, "a barrier needs a pipe: %s", strerror(errno));
    return PEINIT_NOTIFY_FAILED;
  }
  peinit_notified notified = peinit_notify_with_fds(&(peinit_notify_notification){.barrier = true}, &ends[1], 1, error);
  close(ends[1]);
  if (notified == PEINIT_NOTIFIED) {
    int64_t deadline = timeout_ms < 0 ? PEINIT_NEVER : peinit_now_ms() + timeout_ms;
    struct pollfd polled = {.fd = ends[0], .events = 0};
    int ready;
    do ready = poll(&polled, 1, peinit_left_ms(deadline));
    while (ready < 0 && errno == EINTR);
    if (ready <= 0) {
      if (ready < 0) peinit_fail(error, PEINIT_ERROR_SYSTEM, errno, "waiting for the manager failed: %s", strerror(errno));
      else peinit_fail(error, PEINIT_ERROR_TIMEOUT, 0, "the manager has not read what was sent within %d ms", timeout_ms);
      notified = PEINIT_NOTIFY_FAILED;
    }
  }
  close(ends[0]);
  return notified;
}
