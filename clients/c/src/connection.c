#include "connection.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"

enum { usual_patience_ms = 5000, usual_held = 1024 };

static const size_t usual_line = (size_t)64 << 20;

static void close_fd(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

static bool watch_own(const peinit_connection *connection, int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}};
  return epoll_ctl(connection->poller, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool make_descriptors(peinit_connection *connection) {
  connection->poller = epoll_create1(EPOLL_CLOEXEC);
  connection->waker = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  connection->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  return connection->poller >= 0 && connection->waker >= 0 && connection->timer >= 0 && watch_own(connection, connection->waker) &&
         watch_own(connection, connection->timer);
}

/* Tries until it has been tried for long enough. */
static bool reach(peinit_connection *connection, peinit_error **error) {
  connection->patience = (struct peinit_patience){.length_ms = connection->patience_ms};
  for (;;) {
    int fd = peinit_connect(connection->path);
    int why = errno;
    if (fd >= 0) {
      peinit_connection_adopt(connection, fd);
      return connection->failure == NULL || peinit_fail_again(error, connection->failure);
    }
    int64_t again = peinit_passes(why, connection->is_awaited) ? peinit_pause(&connection->patience) : -1;
    if (again < 0) return peinit_fail_unreachable(connection->endpoint, connection->path, why, error);
    struct pollfd polled = {.fd = connection->waker, .events = POLLIN};
    if (poll(&polled, 1, peinit_left_ms(again)) > 0 && peinit_connection_take_interrupt(connection))
      return peinit_fail(error, PEINIT_ERROR_CANCELLED, 0, "connecting to %s was interrupted", connection->path);
  }
}

static void release(peinit_connection *connection) {
  peinit_connection_drop(connection);
  close_fd(&connection->poller);
  close_fd(&connection->waker);
  close_fd(&connection->timer);
  peinit_buffer_end(&connection->in);
  peinit_buffer_end(&connection->out);
  peinit_buffer_end(&connection->unheard);
  peinit_free(connection->failure);
  peinit_release(connection->path);
  peinit_release(connection);
}

peinit_connection *peinit_connection_open(peinit_socket socket, const peinit_options *options, peinit_error **error) {
  static const peinit_options usual = {0};
  const peinit_options *given = options == NULL ? &usual : options;
  if ((size_t)socket >= peinit_endpoint_count) {
    peinit_fail(error, PEINIT_ERROR_USAGE, 0, "there is no socket %d", (int)socket);
    return NULL;
  }
  peinit_connection *connection = peinit_allocate(sizeof *connection);
  if (connection == NULL) {
    peinit_fail_memory(error);
    return NULL;
  }
  *connection = (peinit_connection){
    .endpoint = peinit_endpoints[socket],
    .patience_ms = given->patience_ms == 0 ? usual_patience_ms : given->patience_ms < 0 ? 0 : given->patience_ms,
    .timeout_ms = given->timeout_ms,
    .is_awaited = given->is_awaited,
    .max_line = given->max_line == 0 ? usual_line : given->max_line,
    .max_held = given->max_held == 0 ? usual_held : given->max_held,
    .socket = -1,
    .poller = -1,
    .waker = -1,
    .timer = -1,
  };
  connection->path = peinit_copy_string(given->path == NULL ? connection->endpoint->path : given->path);
  bool is_open = false;
  if (connection->path == NULL) peinit_fail_memory(error);
  else if (!make_descriptors(connection))
    peinit_fail(error, PEINIT_ERROR_SYSTEM, errno, "a connection needs descriptors: %s", strerror(errno));
  else is_open = reach(connection, error);
  if (is_open) return connection;
  release(connection);
  return NULL;
}

void peinit_connection_end(peinit_connection *connection, peinit_error *error) {
  if (connection->failure != NULL) {
    peinit_free(error);
    return;
  }
  connection->failure = error;
  connection->retry_at = 0;
  peinit_connection_drop(connection);
  connection->unheard.length = 0;
  while (connection->first != NULL) {
    peinit_error *copy = NULL;
    peinit_fail_again(&copy, error);
    peinit_call_settle(connection->first, PEINIT_CALL_FAILED, NULL, copy);
  }
  while (connection->streams != NULL) {
    peinit_error *copy = NULL;
    peinit_fail_again(&copy, error);
    peinit_stream_end(connection->streams, copy);
  }
}

void peinit_connection_close(peinit_connection *connection) {
  if (connection == NULL) return;
  peinit_error *error = NULL;
  peinit_fail(&error, PEINIT_ERROR_CONNECTION, 0, "the connection to %s was closed here", connection->path);
  peinit_connection_end(connection, error);
  release(connection);
}

bool peinit_connection_reconnect(peinit_connection *connection, peinit_error **error) {
  peinit_error *ended = NULL;
  peinit_fail(&ended, PEINIT_ERROR_CONNECTION, 0, "the connection to %s was made anew", connection->path);
  peinit_connection_end(connection, ended);
  peinit_free(connection->failure);
  connection->failure = NULL;
  connection->is_heard = false;
  connection->is_taken = false;
  connection->in.has_failed = connection->out.has_failed = connection->unheard.has_failed = false;
  if (reach(connection, error)) return true;
  peinit_error *why = NULL;
  peinit_fail(&why, PEINIT_ERROR_CONNECTION, 0, "the connection to %s could not be made anew", connection->path);
  peinit_connection_end(connection, why);
  return false;
}

const peinit_error *peinit_connection_failure(const peinit_connection *connection) { return connection->failure; }

int peinit_connection_fd(const peinit_connection *connection) { return connection->poller; }

bool peinit_connection_process(peinit_connection *connection, peinit_error **error) {
  /* Nobody waits, so there is nothing to end. */
  peinit_connection_take_interrupt(connection);
  peinit_connection_turn(connection);
  return connection->failure == NULL || peinit_fail_again(error, connection->failure);
}

void peinit_connection_interrupt(peinit_connection *connection) {
  uint64_t one = 1;
  int before = errno;
  /* It is full when it was interrupted often enough. */
  if (write(connection->waker, &one, sizeof one) < 0) errno = before;
}
