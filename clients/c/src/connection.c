#include "connection.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"

enum {
  usual_patience_ms = 5000,
  usual_held = 1024,
  /* Whoever is turned away is so as soon as the daemon gets to it; later it is the end of something else. */
  turned_away_within_ms = 2000,
  /* Bytes of one turn, so that a fast sender does not keep whoever waits for it. */
  read_size = 65536,
  reads_each_turn = 8
};

static const size_t usual_line = (size_t)64 << 20;

static void close_fd(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

static void drop_socket(peinit_connection *connection) {
  close_fd(&connection->socket);
  connection->interest = 0;
  connection->in.length = 0;
  connection->scanned = 0;
  connection->out.length = 0;
}

static void adopt(peinit_connection *connection, int fd) {
  connection->socket = fd;
  connection->connected_at = peinit_now_ms();
  connection->retry_at = 0;
  connection->is_deaf = false;
  connection->interest = 0;
  struct epoll_event event = {.events = 0, .data = {.fd = fd}};
  if (epoll_ctl(connection->poller, EPOLL_CTL_ADD, fd, &event) != 0) {
    peinit_error *error = NULL;
    peinit_fail(&error, PEINIT_ERROR_SYSTEM, errno, "the connection to %s cannot be watched: %s", connection->path, strerror(errno));
    peinit_connection_end(connection, error);
    return;
  }
  peinit_buffer_add(&connection->out, connection->unheard.bytes, connection->unheard.length);
  peinit_connection_watch(connection);
}

static bool is_full(const peinit_connection *connection) {
  return connection->alone != NULL && connection->alone->held >= connection->max_held;
}

void peinit_connection_watch(peinit_connection *connection) {
  if (connection->socket < 0) return;
  uint32_t wanted = (is_full(connection) ? 0u : (uint32_t)EPOLLIN) | (connection->out.length == 0 ? 0u : (uint32_t)EPOLLOUT);
  if (wanted == connection->interest) return;
  struct epoll_event event = {.events = wanted, .data = {.fd = connection->socket}};
  if (epoll_ctl(connection->poller, EPOLL_CTL_MOD, connection->socket, &event) == 0) connection->interest = wanted;
}

static void arm(const peinit_connection *connection, int64_t at) {
  struct itimerspec spec = {.it_value = {.tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000}};
  timerfd_settime(connection->timer, TFD_TIMER_ABSTIME, &spec, NULL);
}

static void fail_turned_away(peinit_connection *connection) {
  peinit_error *error = NULL;
  peinit_fail(&error, PEINIT_ERROR_CONNECTION, 0, "each connection to %s was closed at once for %d ms: there is no place for one more; "
              "try again when others have ended", connection->path, connection->patience_ms);
  peinit_connection_end(connection, error);
}

void peinit_connection_turned_away(peinit_connection *connection) {
  drop_socket(connection);
  int64_t again = peinit_pause(&connection->patience);
  if (again < 0) {
    fail_turned_away(connection);
    return;
  }
  connection->retry_at = again;
  arm(connection, again);
}

static void try_again(peinit_connection *connection) {
  int fd = peinit_connect(connection->path);
  if (fd >= 0) {
    adopt(connection, fd);
    return;
  }
  int why = errno;
  int64_t again = peinit_passes(why) ? peinit_pause(&connection->patience) : -1;
  if (again < 0) {
    peinit_error *error = NULL;
    peinit_fail_unreachable(connection->endpoint, connection->path, why, &error);
    peinit_connection_end(connection, error);
    return;
  }
  connection->retry_at = again;
  arm(connection, again);
}

static void write_out(peinit_connection *connection) {
  size_t written = 0;
  while (written < connection->out.length && !connection->is_deaf) {
    struct peinit_buffer *out = &connection->out;
    ssize_t sent = send(connection->socket, out->bytes + written, out->length - written, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) written += (size_t)sent;
    else if (errno == EAGAIN) break;
    /* What it says before its end is read all the same. */
    else if (errno != EINTR) connection->is_deaf = true;
  }
  if (connection->is_deaf) connection->out.length = 0;
  else peinit_buffer_drop(&connection->out, written);
}

void peinit_connection_write(peinit_connection *connection) {
  if (connection->socket < 0 || connection->failure != NULL) return;
  write_out(connection);
  peinit_connection_watch(connection);
}

static void closed(peinit_connection *connection, int why) {
  bool is_soon = peinit_now_ms() - connection->connected_at <= turned_away_within_ms;
  bool is_early = is_soon && !connection->is_heard && connection->in.length == 0;
  if (is_early && connection->first != NULL) {
    peinit_connection_turned_away(connection);
    return;
  }
  if (is_early) {
    /* Nothing was asked yet; the next request looks for a place. */
    drop_socket(connection);
    return;
  }
  peinit_error *error = NULL;
  if (connection->alone != NULL && why == 0 && connection->alone->method->exchange == PEINIT_EXCHANGE_LINES)
    peinit_stream_end(connection->alone, NULL);
  if (why != 0 && why != ECONNRESET)
    peinit_fail(&error, PEINIT_ERROR_CONNECTION, why, "the connection to %s failed: %s", connection->path, strerror(why));
  else peinit_fail(&error, PEINIT_ERROR_CONNECTION, why, "the other end closed the connection to %s%s", connection->path,
                   connection->first == NULL ? "" : " before it answered");
  peinit_connection_end(connection, error);
}

/* Whole lines of what came. */
static void split(peinit_connection *connection) {
  size_t from = 0;
  while (connection->failure == NULL && connection->socket >= 0) {
    char *found = connection->in.length == connection->scanned
                    ? NULL
                    : memchr(connection->in.bytes + connection->scanned, '\n', connection->in.length - connection->scanned);
    if (found == NULL) {
      connection->scanned = connection->in.length;
      break;
    }
    size_t end = (size_t)(found - connection->in.bytes);
    connection->scanned = end + 1;
    peinit_connection_line(connection, connection->in.bytes + from, end - from);
    from = end + 1;
  }
  /* A line may have ended it, and all that came with it. */
  if (connection->failure != NULL || connection->socket < 0) return;
  peinit_buffer_drop(&connection->in, from);
  connection->scanned -= from;
  if (connection->in.length <= connection->max_line) return;
  peinit_error *error = NULL;
  peinit_fail(&error, PEINIT_ERROR_PROTOCOL, 0, "a line from %s is longer than %zu bytes", connection->path, connection->max_line);
  peinit_connection_end(connection, error);
}

/* False: there is nothing more at the moment. */
static bool read_in(peinit_connection *connection) {
  if (!peinit_buffer_reserve(&connection->in, read_size)) {
    peinit_error *error = NULL;
    peinit_fail_memory(&error);
    peinit_connection_end(connection, error);
    return false;
  }
  ssize_t got = recv(connection->socket, connection->in.bytes + connection->in.length, read_size, MSG_DONTWAIT);
  if (got > 0) {
    connection->in.length += (size_t)got;
    split(connection);
    return got == read_size;
  }
  if (got < 0 && errno == EINTR) return true;
  if (got < 0 && errno == EAGAIN) return false;
  closed(connection, got == 0 ? 0 : errno);
  return false;
}

void peinit_connection_turn(peinit_connection *connection) {
  if (connection->failure != NULL) return;
  if (connection->retry_at != 0 && peinit_now_ms() >= connection->retry_at) {
    /* It is set anew with the next pause. */
    timerfd_settime(connection->timer, 0, &(struct itimerspec){.it_value = {0}}, NULL);
    connection->retry_at = 0;
    try_again(connection);
  }
  if (connection->socket >= 0) write_out(connection);
  for (int i = 0; i < reads_each_turn && connection->socket >= 0 && !is_full(connection); i++)
    if (!read_in(connection)) break;
  if (connection->socket >= 0) write_out(connection);
  peinit_connection_watch(connection);
}

static bool take_interrupt(const peinit_connection *connection) {
  uint64_t count;
  return read(connection->waker, &count, sizeof count) == (ssize_t)sizeof count;
}

bool peinit_connection_wait(peinit_connection *connection, int64_t deadline) {
  struct epoll_event ready[3];
  peinit_connection_watch(connection);
  int count = epoll_wait(connection->poller, ready, 3, peinit_left_ms(deadline));
  for (int i = 0; i < count; i++)
    if (ready[i].data.fd == connection->waker && take_interrupt(connection)) return false;
  peinit_connection_turn(connection);
  return true;
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
      adopt(connection, fd);
      return connection->failure == NULL || peinit_fail_again(error, connection->failure);
    }
    int64_t again = peinit_passes(why) ? peinit_pause(&connection->patience) : -1;
    if (again < 0) return peinit_fail_unreachable(connection->endpoint, connection->path, why, error);
    struct pollfd polled = {.fd = connection->waker, .events = POLLIN};
    if (poll(&polled, 1, peinit_left_ms(again)) > 0 && take_interrupt(connection))
      return peinit_fail(error, PEINIT_ERROR_CANCELLED, 0, "connecting to %s was interrupted", connection->path);
  }
}

static void release(peinit_connection *connection) {
  drop_socket(connection);
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
  drop_socket(connection);
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
  take_interrupt(connection);
  peinit_connection_turn(connection);
  return connection->failure == NULL || peinit_fail_again(error, connection->failure);
}

void peinit_connection_interrupt(peinit_connection *connection) {
  uint64_t one = 1;
  int before = errno;
  /* It is full when it was interrupted often enough. */
  if (write(connection->waker, &one, sizeof one) < 0) errno = before;
}
