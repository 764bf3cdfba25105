#include "codec.h"
#include "clock.h"
#include "connection.h"

void peinit_call_append(peinit_connection *connection, struct peinit_call *call) {
  call->connection = connection;
  if (connection->last == NULL) connection->first = call;
  else connection->last->next = call;
  connection->last = call;
}

void peinit_call_remove(peinit_connection *connection, struct peinit_call *call) {
  struct peinit_call *before = NULL;
  for (struct peinit_call *at = connection->first; at != NULL && at != call; at = at->next) before = at;
  if (before == NULL) connection->first = call->next;
  else before->next = call->next;
  if (connection->last == call) connection->last = before;
  call->next = NULL;
}

void peinit_call_end(struct peinit_call *call) {
  peinit_joined_end(&call->joined);
  peinit_free(call->answer);
  peinit_free(call->error);
  peinit_release(call);
}

void peinit_call_settle(struct peinit_call *call, enum peinit_call_state state, void *answer, peinit_error *error) {
  peinit_call_remove(call->connection, call);
  call->connection = NULL;
  call->state = state;
  call->answer = answer;
  call->error = error;
  if (call->stream != NULL && call->stream->call == call) call->stream->call = NULL;
  if (call->is_dropped) peinit_call_end(call);
}

/* The line of a request. */
static bool write_request(peinit_connection *connection, const struct peinit_method *method, uint64_t id, const void *request,
                          struct peinit_buffer *line, peinit_error **error) {
  const struct peinit_endpoint *endpoint = connection->endpoint;
  bool is_first = true;
  peinit_buffer_add(line, "{", 1);
  if (endpoint->correlation[0] != '\0') {
    char digits[24];
    size_t at = sizeof digits;
    for (uint64_t rest = id; rest > 0; rest /= 10) digits[--at] = (char)('0' + rest % 10);
    peinit_json_add_text(line, peinit_text_of(endpoint->correlation));
    peinit_buffer_add(line, ":", 1);
    peinit_buffer_add(line, digits + at, sizeof digits - at);
    is_first = false;
  }
  if (endpoint->discriminator[0] != '\0') {
    if (!is_first) peinit_buffer_add(line, ",", 1);
    peinit_json_add_text(line, peinit_text_of(endpoint->discriminator));
    peinit_buffer_add(line, ":", 1);
    peinit_json_add_text(line, peinit_text_of(method->name));
    is_first = false;
  }
  if (!peinit_encode_members(line, method->request, request, is_first, error)) return false;
  peinit_buffer_add(line, "}\n", 2);
  return !line->has_failed || peinit_fail_memory(error);
}

static bool may_ask(const peinit_connection *connection, const struct peinit_method *method, peinit_error **error) {
  if (method->endpoint != connection->endpoint)
    return peinit_fail(error, PEINIT_ERROR_USAGE, 0, "%s is asked on a %s connection, and this one is of %s", method->name,
                       method->endpoint->name, connection->endpoint->name);
  if (connection->failure != NULL) return peinit_fail_again(error, connection->failure);
  if (connection->is_taken)
    return peinit_fail(error, PEINIT_ERROR_USAGE, 0, "this connection belongs to a stream; ask for %s on another one", method->name);
  return true;
}

peinit_call *peinit_send(peinit_connection *connection, const struct peinit_method *method, const void *request, peinit_error **error) {
  /* While nobody waits: what came unasked would be taken for the answer. */
  if (connection->first == NULL && connection->alone == NULL) peinit_connection_turn(connection);
  if (!may_ask(connection, method, error)) return NULL;
  struct peinit_buffer line = {0};
  struct peinit_call *call = peinit_allocate(sizeof *call);
  if (call == NULL) peinit_fail_memory(error);
  else {
    *call = (struct peinit_call){.method = method, .id = connection->last_id + 1};
    bool is_written = write_request(connection, method, call->id, request, &line, error);
    /* All or nothing: half a line would be the end of the connection. */
    if (is_written && !(peinit_buffer_reserve(&connection->out, line.length) &&
                        (connection->is_heard || peinit_buffer_reserve(&connection->unheard, line.length)))) {
      connection->out.has_failed = connection->unheard.has_failed = false;
      is_written = peinit_fail_memory(error);
    }
    if (!is_written) {
      peinit_release(call);
      call = NULL;
    }
  }
  if (call != NULL) {
    connection->last_id++;
    peinit_call_append(connection, call);
    if (connection->socket >= 0) peinit_buffer_add(&connection->out, line.bytes, line.length);
    if (!connection->is_heard) peinit_buffer_add(&connection->unheard, line.bytes, line.length);
    /* It was turned away before it had asked anything. */
    if (connection->socket < 0 && connection->retry_at == 0) peinit_connection_turned_away(connection);
    peinit_connection_write(connection);
  }
  peinit_buffer_end(&line);
  return call;
}

static int64_t deadline_of(const peinit_connection *connection, int timeout_ms) {
  if (timeout_ms == PEINIT_USUAL_TIMEOUT) timeout_ms = connection->timeout_ms <= 0 ? PEINIT_FOREVER : connection->timeout_ms;
  return timeout_ms < 0 ? PEINIT_NEVER : peinit_now_ms() + timeout_ms;
}

bool peinit_wait_until(peinit_connection *connection, bool (*is_done)(const void *), const void *what, int timeout_ms, const char *name,
                       peinit_error **error) {
  int64_t deadline = deadline_of(connection, timeout_ms);
  if (timeout_ms == 0) peinit_connection_turn(connection);
  while (!is_done(what)) {
    if (deadline != PEINIT_NEVER && peinit_now_ms() >= deadline)
      return peinit_fail(error, PEINIT_ERROR_TIMEOUT, 0, "nothing came of %s in time", name);
    if (!peinit_connection_wait(connection, deadline))
      return peinit_fail(error, PEINIT_ERROR_CANCELLED, 0, "waiting for %s was interrupted", name);
  }
  return true;
}

static bool call_is_done(const void *call) { return peinit_call_is_done(call); }

bool peinit_call_is_done(const peinit_call *call) { return call->state != PEINIT_CALL_WAITING; }

void peinit_call_cancel(peinit_call *call) {
  if (call == NULL) return;
  if (call->state == PEINIT_CALL_WAITING) call->is_dropped = true;
  else peinit_call_end(call);
}

bool peinit_await(peinit_call *call, const struct peinit_method *method, int timeout_ms, void **answer, peinit_error **error) {
  *answer = NULL;
  if (call == NULL) return peinit_fail(error, PEINIT_ERROR_USAGE, 0, "there is no call of %s to wait for", method->name);
  bool is_done = call->method == method;
  if (!is_done) peinit_fail(error, PEINIT_ERROR_USAGE, 0, "a call of %s is awaited as one of %s", call->method->name, method->name);
  else if (!peinit_call_is_done(call)) is_done = peinit_wait_until(call->connection, call_is_done, call, timeout_ms, method->name, error);
  if (is_done && call->state == PEINIT_CALL_FAILED) {
    if (error != NULL) *error = call->error;
    else peinit_free(call->error);
    call->error = NULL;
    is_done = false;
  } else if (is_done) {
    *answer = call->answer;
    call->answer = NULL;
  }
  peinit_call_cancel(call);
  return is_done;
}

bool peinit_ask(peinit_connection *connection, const struct peinit_method *method, const void *request, void **answer,
                peinit_error **error) {
  *answer = NULL;
  peinit_call *call = peinit_send(connection, method, request, error);
  return call != NULL && peinit_await(call, method, PEINIT_USUAL_TIMEOUT, answer, error);
}
