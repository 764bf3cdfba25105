/* What happens on the socket of a connection: bytes out, lines in, its end, and the next attempt. */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "connection.h"

enum {
  /* Whoever is turned away is so as soon as the daemon gets to it; later it is the end of something else. */
  turned_away_within_ms = 2000,
  /* Bytes of one turn, so that a fast sender does not keep whoever waits for it. */
  read_size = 65536,
  reads_each_turn = 8
};

void peinit_connection_drop(peinit_connection *connection) {
  if (connection->socket >= 0) close(connection->socket);
  connection->socket = -1;
  connection->interest = 0;
  connection->in.length = 0;
  connection->scanned = 0;
  connection->out.length = 0;
}

void peinit_connection_adopt(peinit_connection *connection, int fd) {
  connection->socket = fd;
  connection->connected_at = peinit_now_ms();
  connection->retry_at = 0;
  connection->is_deaf = false;
  connection->has_written = false;
  connection->interest = 0;
  peinit_buffer_add(&connection->out, connection->unheard.bytes, connection->unheard.length);
  peinit_connection_watch(connection);
}

static bool is_full(const peinit_connection *connection) {
  return connection->alone != NULL && connection->alone->held >= connection->max_held;
}

/* A socket that nothing is wanted of is not watched at all: its end would be told again and again. */
void peinit_connection_watch(peinit_connection *connection) {
  if (connection->socket < 0) return;
  uint32_t wanted = (is_full(connection) ? 0u : (uint32_t)EPOLLIN) | (connection->out.length == 0 ? 0u : (uint32_t)EPOLLOUT);
  if (wanted == connection->interest) return;
  struct epoll_event event = {.events = wanted, .data = {.fd = connection->socket}};
  int change = connection->interest == 0 ? EPOLL_CTL_ADD : wanted == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
  connection->interest = wanted;
  if (epoll_ctl(connection->poller, change, connection->socket, &event) == 0) return;
  peinit_error *error = NULL;
  peinit_fail(&error, PEINIT_ERROR_SYSTEM, errno, "the connection to %s cannot be watched: %s", connection->path, strerror(errno));
  peinit_connection_end(connection, error);
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
  peinit_connection_drop(connection);
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
    peinit_connection_adopt(connection, fd);
    return;
  }
  int why = errno;
  int64_t again = peinit_passes(why, connection->is_awaited) ? peinit_pause(&connection->patience) : -1;
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
    if (sent >= 0) {
      written += (size_t)sent;
      connection->has_written = true;
    }
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
  /* Of what the other end has not read the kernel says ECONNRESET. */
  bool is_unread = why == ECONNRESET || !connection->has_written;
  bool is_early = is_soon && is_unread && !connection->is_heard && connection->in.length == 0;
  if (is_early && connection->first != NULL) {
    peinit_connection_turned_away(connection);
    return;
  }
  if (is_early) {
    /* Nothing was asked yet; the next request looks for a place. */
    peinit_connection_drop(connection);
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

bool peinit_connection_take_interrupt(const peinit_connection *connection) {
  uint64_t count;
  return read(connection->waker, &count, sizeof count) == (ssize_t)sizeof count;
}

bool peinit_connection_wait(peinit_connection *connection, int64_t deadline) {
  struct epoll_event ready[3];
  peinit_connection_watch(connection);
  int count = epoll_wait(connection->poller, ready, 3, peinit_left_ms(deadline));
  for (int i = 0; i < count; i++)
    if (ready[i].data.fd == connection->waker && peinit_connection_take_interrupt(connection)) return false;
  peinit_connection_turn(connection);
  return true;
}
