/* Connections, and what all calls and streams have in common; the functions for each command stand in peinit/commands.h. */
#ifndef PEINIT_CONNECTION_H
#define PEINIT_CONNECTION_H

#include <peinit/base.h>
#include <peinit/commands.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How a connection is to be; members that are 0 count as usual. */
typedef struct peinit_options {
  /** The socket; NULL: where it is inside a machine. */
  const char *path;
  /** For how long it tries again, in ms, while there is no place for one more; 0: 5 seconds, negative: once only. */
  int patience_ms;
  /** For how long a call waits when it is told PEINIT_USUAL_TIMEOUT; 0: however long it takes. */
  int timeout_ms;
  /** Longest line that is taken, in bytes; 0: 64 MiB. */
  size_t max_line;
  /** Lines of one stream that wait for whoever takes them; 0: 1024. */
  size_t max_held;
  /** A socket that is not there yet, or where nobody listens yet, is waited for as well. */
  bool is_awaited;
} peinit_options;

/** Connects. `options` may be NULL. NULL: it failed. */
PEINIT_API PEINIT_CHECK peinit_connection *
peinit_connection_open(peinit_socket socket, const peinit_options *options, peinit_error **error);

/** Closes it. Its calls and streams are over, and each must still be awaited, cancelled or left. NULL is nothing. */
PEINIT_API void peinit_connection_close(peinit_connection *connection);

/** Connects anew after an end: what was under way has failed, and is not asked again. Streams are over. False: it failed. */
PEINIT_API PEINIT_CHECK bool peinit_connection_reconnect(peinit_connection *connection, peinit_error **error);

/** Why it is over; NULL while it stands. Belongs to the connection. */
PEINIT_API const peinit_error *peinit_connection_failure(const peinit_connection *connection);

/**
 * A descriptor that is readable when peinit_connection_process has something to do, for poll, epoll or any event loop. It is the same for
 * as long as the connection is there, whatever becomes of its socket.
 */
PEINIT_API int peinit_connection_fd(const peinit_connection *connection);

/** Reads and writes what can be without waiting. False: the connection is over. */
PEINIT_API PEINIT_CHECK bool peinit_connection_process(peinit_connection *connection, peinit_error **error);

/**
 * Ends the wait that is under way, or else the next one, with PEINIT_ERROR_CANCELLED. From any thread or signal handler. Who never waits,
 * but calls peinit_connection_process, is only woken.
 */
PEINIT_API void peinit_connection_interrupt(peinit_connection *connection);

/** Its answer is there, or it has failed: awaiting it takes no time. */
PEINIT_API bool peinit_call_is_done(const peinit_call *call);

/** Gives a call up, instead of awaiting it. Its answer is dropped when it comes; what it asks for happens all the same. NULL is nothing. */
PEINIT_API void peinit_call_cancel(peinit_call *call);

/** Lines wait to be taken, or the end does: taking takes no time. */
PEINIT_API bool peinit_stream_is_ready(const peinit_stream *stream);

/** It has come to its end, and no line waits any more. */
PEINIT_API bool peinit_stream_has_ended(const peinit_stream *stream);

/**
 * Leaves a stream. A watch ends; what else has its connection to itself ends the connection, and the rest of an answer in parts is dropped
 * as it comes. NULL is nothing.
 */
PEINIT_API void peinit_stream_leave(peinit_stream *stream);

/** How the protocol of a daemon relates to that of this library. */
typedef enum peinit_protocol {
  /** It could not be asked. */
  PEINIT_PROTOCOL_UNKNOWN = 0,
  /** They are the same. */
  PEINIT_PROTOCOL_SAME,
  /** The daemon knows more, which does no harm. */
  PEINIT_PROTOCOL_DAEMON_NEWER,
  /** The daemon knows less: some commands and members are not there. */
  PEINIT_PROTOCOL_DAEMON_OLDER,
  /** They do not go together. */
  PEINIT_PROTOCOL_INCOMPATIBLE
} peinit_protocol;

/**
 * Asks a daemon (by machine-status, on its control socket) for its protocol, which major and minor take unless they are NULL.
 * One of before there was a version
 * is older, with 0 and 0. PEINIT_PROTOCOL_INCOMPATIBLE and PEINIT_PROTOCOL_UNKNOWN come with an error.
 */
PEINIT_API PEINIT_CHECK peinit_protocol
peinit_check_protocol(peinit_connection *control, uint32_t *major, uint32_t *minor, peinit_error **error);

#ifdef __cplusplus
}
#endif

#endif
