/*
 * A connection from inside. It has at most one socket, and none while it waits for its turn to try again.
 *
 * Calls stand in the order in which they were sent, until they are answered. Where answers have no ids the first one is meant. A call that
 * nobody waits for any more stays, so that its answer does not count for the next one.
 *
 * Lines of a stream wait in it. One that has its connection to itself stops the reading when too many wait; on a connection with others the
 * rest is dropped, and whoever takes is told so at that place.
 */
#ifndef PEINIT_SRC_CONNECTION_H
#define PEINIT_SRC_CONNECTION_H

#include <peinit/connection.h>

#include "describe.h"
#include "exchange.h"
#include "failure.h"
#include "joined.h"
#include "json.h"
#include "socket.h"

enum peinit_call_state { PEINIT_CALL_WAITING, PEINIT_CALL_ANSWERED, PEINIT_CALL_FAILED };

struct peinit_call {
  struct peinit_call *next;
  /* NULL: it was closed. */
  struct peinit_connection *connection;
  const struct peinit_method *method;
  uint64_t id;
  enum peinit_call_state state;
  /* Nobody waits for it any more. */
  bool is_dropped;
  void *answer;
  peinit_error *error;
  struct peinit_joined joined;
  /* What its answer opens, or its parts belong to. */
  struct peinit_stream *stream;
};

struct peinit_held {
  struct peinit_held *next;
  /* NULL: lines were dropped here. */
  void *line;
  uint64_t lost;
};

struct peinit_stream {
  struct peinit_stream *next;
  struct peinit_connection *connection;
  const struct peinit_method *method;
  /* Its request while lines of the same id follow it. */
  struct peinit_call *call;
  /* The number that its messages carry. */
  int64_t key;
  struct peinit_held *first;
  struct peinit_held *last;
  size_t held;
  bool is_over;
  /* Why it is over; NULL: it came to its end. */
  peinit_error *error;
};

struct peinit_connection {
  const struct peinit_endpoint *endpoint;
  char *path;
  int patience_ms;
  int timeout_ms;
  /* Where nobody listens yet it is tried again as well. */
  bool is_awaited;
  size_t max_line;
  size_t max_held;
  int socket;
  /* What peinit_connection_fd gives: watches the three others. */
  int poller;
  int waker;
  int timer;
  uint32_t interest;
  struct peinit_buffer in;
  /* Bytes at its beginning that hold no newline. */
  size_t scanned;
  struct peinit_buffer out;
  /* What is to be asked again when nothing at all was heard. */
  struct peinit_buffer unheard;
  bool is_heard;
  int64_t connected_at;
  /* The other end takes nothing any more. */
  bool is_deaf;
  /* Something was written, so where it just ends that may have been read. */
  bool has_written;
  struct peinit_patience patience;
  /* When to try again; 0: there is no need. */
  int64_t retry_at;
  uint64_t last_id;
  struct peinit_call *first;
  struct peinit_call *last;
  struct peinit_stream *streams;
  /* Has the connection to itself, from its acknowledgement on. */
  struct peinit_stream *alone;
  /* A stream that will is asked for. */
  bool is_taken;
  peinit_error *failure;
};

/* Over: all that waits has failed with that error, which it takes. */
void peinit_connection_end(struct peinit_connection *connection, peinit_error *error);

/* Goes on with a new socket, or without any. */
void peinit_connection_adopt(struct peinit_connection *connection, int fd);
void peinit_connection_drop(struct peinit_connection *connection);

/* Whether there was an interrupt, which counts once. */
bool peinit_connection_take_interrupt(const struct peinit_connection *connection);

/* Writes what can be without waiting. */
void peinit_connection_write(struct peinit_connection *connection);

/* Reads and writes what can be without waiting. */
void peinit_connection_turn(struct peinit_connection *connection);

/* Waits until there is something to do, and does it. False: an interrupt came. */
bool peinit_connection_wait(struct peinit_connection *connection, int64_t deadline);

/* What to wait for on the socket has changed. */
void peinit_connection_watch(struct peinit_connection *connection);

/* Closed before anything was read: tries again after a pause. */
void peinit_connection_turned_away(struct peinit_connection *connection);

/* Takes a line from the socket. */
void peinit_connection_line(struct peinit_connection *connection, const char *bytes, size_t length);

/* Puts a call at the end of those that wait, and takes one from there. */
void peinit_call_append(struct peinit_connection *connection, struct peinit_call *call);
void peinit_call_remove(struct peinit_connection *connection, struct peinit_call *call);
void peinit_call_end(struct peinit_call *call);
/* It is over; one that was dropped is gone. */
void peinit_call_settle(struct peinit_call *call, enum peinit_call_state state, void *answer, peinit_error *error);

/* Waits until something is so, for so long; false: it is not, and the error says why. */
bool peinit_wait_until(struct peinit_connection *connection, bool (*is_done)(const void *), const void *what, int timeout_ms,
                       const char *name, peinit_error **error);

/* Takes a line that was made; it stays until it is taken. */
void peinit_stream_receive(struct peinit_stream *stream, void *line);
void peinit_stream_end(struct peinit_stream *stream, peinit_error *error);
void peinit_stream_free(struct peinit_stream *stream);

#endif
