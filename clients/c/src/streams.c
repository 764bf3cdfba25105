#include "codec.h"
#include "connection.h"
#include "tables.h"

static void unlink_stream(struct peinit_stream *stream) {
  peinit_connection *connection = stream->connection;
  if (connection == NULL) return;
  struct peinit_stream **at = &connection->streams;
  while (*at != NULL && *at != stream) at = &(*at)->next;
  if (*at != NULL) *at = stream->next;
  if (connection->alone == stream) connection->alone = NULL;
  stream->next = NULL;
  stream->connection = NULL;
}

/* What comes for it later is nobody's. */
static void detach(struct peinit_stream *stream) {
  if (stream->call != NULL) {
    stream->call->stream = NULL;
    stream->call->is_dropped = true;
    stream->call = NULL;
  }
  unlink_stream(stream);
}

static void append(struct peinit_stream *stream, struct peinit_held *held) {
  if (stream->last == NULL) stream->first = held;
  else stream->last->next = held;
  stream->last = held;
}

void peinit_stream_receive(struct peinit_stream *stream, void *line) {
  const peinit_connection *connection = stream->connection;
  bool has_room = stream->held < connection->max_held || connection->alone == stream;
  bool was_lost = stream->last != NULL && stream->last->line == NULL;
  struct peinit_held *held = !has_room && was_lost ? NULL : peinit_allocate(sizeof *held);
  if (held == NULL) {
    if (was_lost) stream->last->lost++;
    else {
      peinit_error *error = NULL;
      peinit_fail_memory(&error);
      peinit_stream_end(stream, error);
    }
    peinit_free(line);
    return;
  }
  *held = (struct peinit_held){.line = has_room ? line : NULL, .lost = has_room ? 0 : 1};
  append(stream, held);
  if (has_room) stream->held++;
  else peinit_free(line);
}

void peinit_stream_end(struct peinit_stream *stream, peinit_error *error) {
  if (stream->is_over) {
    peinit_free(error);
    return;
  }
  stream->is_over = true;
  stream->error = error;
  detach(stream);
}

void peinit_stream_free(struct peinit_stream *stream) {
  detach(stream);
  while (stream->first != NULL) {
    struct peinit_held *held = stream->first;
    stream->first = held->next;
    peinit_free(held->line);
    peinit_release(held);
  }
  peinit_free(stream->error);
  peinit_release(stream);
}

static bool has_connection_to_itself(const struct peinit_method *method) {
  return method->exchange == PEINIT_EXCHANGE_LINES || (method->exchange == PEINIT_EXCHANGE_PUSHES && method->by == PEINIT_NOWHERE);
}

peinit_stream *peinit_open_stream(peinit_connection *connection, const struct peinit_method *method, const void *request, void **answer,
                                  peinit_error **error) {
  struct peinit_stream *stream = peinit_allocate(sizeof *stream);
  peinit_call *call = stream == NULL ? NULL : peinit_send(connection, method, request, error);
  if (stream == NULL) peinit_fail_memory(error);
  if (call == NULL) {
    peinit_release(stream);
    return NULL;
  }
  *stream = (struct peinit_stream){.connection = connection, .method = method, .call = call, .next = connection->streams};
  connection->streams = stream;
  call->stream = stream;
  if (has_connection_to_itself(method)) connection->is_taken = true;
  if (method->exchange == PEINIT_EXCHANGE_PARTS) {
    /* Its parts are all that comes, and nobody waits for it otherwise. */
    call->is_dropped = true;
    return stream;
  }
  void *first = NULL;
  if (!peinit_await(call, method, PEINIT_USUAL_TIMEOUT, &first, error)) {
    peinit_stream_free(stream);
    return NULL;
  }
  if (answer != NULL) *answer = first;
  else peinit_free(first);
  return stream;
}

bool peinit_stream_is_ready(const peinit_stream *stream) { return stream->first != NULL || stream->is_over; }

bool peinit_stream_has_ended(const peinit_stream *stream) { return stream->first == NULL && stream->is_over && stream->error == NULL; }

static bool is_ready(const void *stream) { return peinit_stream_is_ready(stream); }

peinit_taken peinit_take(peinit_stream *stream, const struct peinit_method *method, int timeout_ms, void **line, peinit_error **error) {
  *line = NULL;
  if (stream->method != method) {
    peinit_fail(error, PEINIT_ERROR_USAGE, 0, "a stream of %s is read as one of %s", stream->method->name, method->name);
    return PEINIT_TAKEN_FAILED;
  }
  if (!peinit_stream_is_ready(stream) && !peinit_wait_until(stream->connection, is_ready, stream, timeout_ms, method->name, error))
    return PEINIT_TAKEN_FAILED;
  struct peinit_held *held = stream->first;
  if (held == NULL) {
    if (stream->error == NULL) return PEINIT_TAKEN_END;
    peinit_fail_again(error, stream->error);
    return PEINIT_TAKEN_FAILED;
  }
  stream->first = held->next;
  if (stream->first == NULL) stream->last = NULL;
  *line = held->line;
  if (held->line != NULL) stream->held--;
  else
    peinit_fail(error, PEINIT_ERROR_OVERRUN, 0, "%llu lines of %s were dropped here, for nobody took them; take them faster, or on a "
                "connection of their own", (unsigned long long)held->lost, method->name);
  peinit_release(held);
  if (stream->connection != NULL) peinit_connection_watch(stream->connection);
  return *line == NULL ? PEINIT_TAKEN_FAILED : PEINIT_TAKEN_LINE;
}

/* The answer is nobody's; where it cannot be asked there is nothing to end any more. */
static void end_watch(peinit_connection *connection, int64_t key) {
  peinit_registry_unwatch_request request = {.watch = (int32_t)key};
  peinit_call_cancel(peinit_send(connection, &peinit_registry_unwatch_method, &request, NULL));
}

void peinit_stream_leave(peinit_stream *stream) {
  if (stream == NULL) return;
  peinit_connection *connection = stream->is_over ? NULL : stream->connection;
  const struct peinit_method *method = stream->method;
  int64_t key = stream->key;
  peinit_stream_free(stream);
  if (connection == NULL || connection->failure != NULL) return;
  if (method == &peinit_registry_watch_method) end_watch(connection, key);
  else if (has_connection_to_itself(method)) {
    peinit_error *error = NULL;
    peinit_fail(&error, PEINIT_ERROR_CONNECTION, 0, "its stream of %s was left, and with it the connection", method->name);
    peinit_connection_end(connection, error);
  }
}
