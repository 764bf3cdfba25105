/* What a line is, told by what the framing puts into it, and whose. */
#include "codec.h"
#include "connection.h"
#include "integer.h"
#include "tables.h"

enum line_kind { LINE_ANSWER, LINE_FAILURE, LINE_PUSHED, LINE_FOREIGN };

static void foreign(peinit_connection *connection, const char *why) {
  peinit_error *error = NULL;
  peinit_fail_foreign(connection->endpoint, connection->path, why, &error);
  peinit_connection_end(connection, error);
}

static enum line_kind kind_of(const struct peinit_endpoint *endpoint, const peinit_json *line, uint64_t *id) {
  const peinit_json *outcome = peinit_json_member(line, endpoint->outcome);
  if (endpoint->correlation[0] != '\0' && !peinit_json_unsigned(peinit_json_member(line, endpoint->correlation), id))
    return endpoint->pushed_by[0] != '\0' && peinit_json_member(line, endpoint->pushed_by) != NULL ? LINE_PUSHED : LINE_FOREIGN;
  if (peinit_json_is_text(outcome, endpoint->ok)) return LINE_ANSWER;
  bool is_failure = endpoint->error[0] == '\0' ? outcome == NULL : peinit_json_is_text(outcome, endpoint->error);
  return is_failure ? LINE_FAILURE : LINE_FOREIGN;
}

/* Refused by the daemon; false where it does not say so as the schema has it. */
static peinit_error *refusal(const struct peinit_endpoint *endpoint, struct peinit_arena *arena, const peinit_json *line) {
  peinit_error *error = NULL;
  unsigned char *failure = peinit_arena_take(arena, endpoint->failure->size);
  if (failure == NULL) peinit_fail_memory(&error);
  else if (peinit_decode(arena, endpoint->failure, line, failure, &error)) {
    struct peinit_any_enum code = {0, {NULL, 0}};
    peinit_text message = {NULL, 0};
    if (endpoint->code != PEINIT_NOWHERE) memcpy(&code, failure + endpoint->code, sizeof code);
    if (endpoint->message != PEINIT_NOWHERE) memcpy(&message, failure + endpoint->message, sizeof message);
    peinit_fail_refused(&error, code.value, code.name, message);
  }
  return error;
}

/* A struct of a message; NULL and an error where it is none. */
static void *made(const struct peinit_message *message, struct peinit_arena *arena, const peinit_json *line, peinit_error **error) {
  void *value = peinit_arena_take_root(arena, message->size);
  if (value == NULL) {
    peinit_fail_memory(error);
    return NULL;
  }
  return peinit_decode(arena, message, line, value, error) ? value : NULL;
}

/* The struct of an answer with two forms has a pointer to each. */
static void *made_answer(const struct peinit_method *method, struct peinit_arena *arena, const peinit_json *line, peinit_error **error) {
  if (method->other == NULL) return made(method->answer, arena, line, error);
  bool is_first = peinit_json_member(line, method->sign) != NULL;
  const void **forms = peinit_arena_take_root(arena, 2 * sizeof(void *));
  void *form = forms == NULL ? NULL : made(is_first ? method->answer : method->other, arena, line, error);
  if (forms == NULL) peinit_fail_memory(error);
  if (form == NULL) return NULL;
  forms[is_first ? 0 : 1] = form;
  return forms;
}

/* Nothing follows this line of a stream that has its connection to itself. */
static bool is_last(const struct peinit_method *method, const void *line) {
  if (method != &peinit_jobs_submit_method) return false;
  const peinit_jobs_job_line *told = line;
  return told->kind.value == PEINIT_JOBS_JOB_LINE_KIND_ENDED;
}

/* True: the stream has taken the memory. */
static bool bare_line(peinit_connection *connection, struct peinit_arena *arena, const peinit_json *json) {
  struct peinit_stream *stream = connection->alone;
  const struct peinit_method *method = stream->method;
  const struct peinit_endpoint *endpoint = connection->endpoint;
  peinit_error *error = NULL;
  if (endpoint->error[0] != '\0' && peinit_json_is_text(peinit_json_member(json, endpoint->outcome), endpoint->error)) {
    peinit_stream_end(stream, refusal(endpoint, arena, json));
    return false;
  }
  void *line = made(method->pushed == NULL ? method->answer : method->pushed, arena, json, &error);
  if (line == NULL) {
    peinit_stream_end(stream, error);
    return false;
  }
  bool ends = is_last(method, line);
  peinit_stream_receive(stream, line);
  if (ends) peinit_stream_end(stream, NULL);
  return true;
}

static struct peinit_stream *stream_of(const peinit_connection *connection, int64_t key) {
  for (struct peinit_stream *stream = connection->streams; stream != NULL; stream = stream->next)
    if (stream->method->pushed != NULL && stream->key == key) return stream;
  return NULL;
}

static bool pushed_line(peinit_connection *connection, struct peinit_arena *arena, const peinit_json *json) {
  int64_t key;
  if (!peinit_json_integer(peinit_json_member(json, connection->endpoint->pushed_by), &key)) {
    foreign(connection, "a message without a number");
    return false;
  }
  /* One that was left may still be told of. */
  struct peinit_stream *stream = stream_of(connection, key);
  if (stream == NULL) return false;
  peinit_error *error = NULL;
  void *line = made(stream->method->pushed, arena, json, &error);
  if (line == NULL) {
    peinit_stream_end(stream, error);
    return false;
  }
  peinit_stream_receive(stream, line);
  return true;
}

static bool part_of_stream(struct peinit_call *call, struct peinit_arena *arena, const peinit_json *json) {
  const struct peinit_method *method = call->method;
  struct peinit_stream *stream = call->stream;
  peinit_error *error = NULL;
  unsigned char *line = made(method->answer, arena, json, &error);
  if (line == NULL) {
    if (stream != NULL) peinit_stream_end(stream, error);
    else peinit_free(error);
    /* What follows of it is passed over. */
    return false;
  }
  bool more = *(const bool *)(line + method->more);
  if (stream != NULL) peinit_stream_receive(stream, line);
  if (!more) {
    if (stream != NULL) peinit_stream_end(stream, NULL);
    peinit_call_settle(call, PEINIT_CALL_ANSWERED, NULL, NULL);
  }
  return stream != NULL;
}

static void opened(struct peinit_call *call, const void *answer) {
  struct peinit_stream *stream = call->stream;
  peinit_connection *connection = call->connection;
  if (stream == NULL) return;
  stream->call = NULL;
  if (call->method->pushed == NULL || call->method->by == PEINIT_NOWHERE) {
    connection->alone = stream;
    return;
  }
  int32_t number;
  memcpy(&number, (const unsigned char *)answer + call->method->by, sizeof number);
  stream->key = number;
}

/* True: the call has taken the memory. */
static bool answer_line(struct peinit_call *call, struct peinit_arena *arena, const peinit_json *json, const char *bytes, size_t length) {
  const struct peinit_method *method = call->method;
  peinit_error *error = NULL;
  void *answer = NULL;
  switch (method->exchange) {
    case PEINIT_EXCHANGE_PARTS: return part_of_stream(call, arena, json);
    case PEINIT_EXCHANGE_JOINED: {
      bool is_whole = false;
      if (!peinit_join(&call->joined, method, bytes, length, &is_whole, &error)) {
        /* Further parts are nobody's. */
        peinit_call_settle(call, PEINIT_CALL_FAILED, NULL, error);
        return false;
      }
      if (!is_whole) return false;
      answer = call->joined.answer;
      call->joined.arena = NULL;
      peinit_call_settle(call, PEINIT_CALL_ANSWERED, answer, NULL);
      return false;
    }
    case PEINIT_EXCHANGE_LINES:
      opened(call, NULL);
      peinit_call_settle(call, PEINIT_CALL_ANSWERED, NULL, NULL);
      return false;
    case PEINIT_EXCHANGE_PUSHES:
    case PEINIT_EXCHANGE_ANSWER:
    default:
      answer = made_answer(method, arena, json, &error);
      if (answer != NULL && method->exchange == PEINIT_EXCHANGE_PUSHES) opened(call, answer);
      peinit_call_settle(call, answer == NULL ? PEINIT_CALL_FAILED : PEINIT_CALL_ANSWERED, answer, error);
      return answer != NULL;
  }
}

/* No place for one more connection, said instead of an answer to anything. */
static bool says_full(const peinit_connection *connection, const peinit_error *error) {
  return connection->endpoint == &peinit_registry_endpoint && !connection->is_heard && error->code == PEINIT_REGISTRY_ERROR_EBUSY;
}

static struct peinit_call *call_of(const peinit_connection *connection, uint64_t id) {
  if (connection->endpoint->correlation[0] == '\0') return connection->first;
  for (struct peinit_call *call = connection->first; call != NULL; call = call->next)
    if (call->id == id) return call;
  return NULL;
}

static void failure_line(peinit_connection *connection, struct peinit_arena *arena, const peinit_json *json, uint64_t id) {
  peinit_error *error = refusal(connection->endpoint, arena, json);
  if (connection->endpoint->correlation[0] != '\0' && id == 0) {
    /* It concerns the connection as a whole. */
    if (says_full(connection, error)) {
      peinit_free(error);
      peinit_connection_turned_away(connection);
    } else peinit_connection_end(connection, error);
    return;
  }
  struct peinit_call *call = call_of(connection, id);
  if (call == NULL) {
    peinit_free(error);
    return;
  }
  if (call->stream != NULL && call->method->exchange == PEINIT_EXCHANGE_PARTS) {
    peinit_stream_end(call->stream, error);
    error = NULL;
  }
  peinit_call_settle(call, PEINIT_CALL_FAILED, NULL, error);
}

/* What was asked has been read. */
static void heard(peinit_connection *connection) {
  connection->is_heard = true;
  connection->unheard.length = 0;
}

static bool take_line(peinit_connection *connection, struct peinit_arena *arena, const peinit_json *json, const char *bytes,
                      size_t length) {
  if (connection->alone != NULL && connection->first == NULL) return bare_line(connection, arena, json);
  uint64_t id = 0;
  enum line_kind kind = kind_of(connection->endpoint, json, &id);
  if (kind == LINE_FOREIGN || id > connection->last_id) {
    foreign(connection, "a line without what its answers begin with");
    return false;
  }
  if (kind == LINE_FAILURE && id == 0) {
    if (connection->endpoint->correlation[0] == '\0' && connection->first == NULL) foreign(connection, "a line that nobody asked for");
    else failure_line(connection, arena, json, id);
    if (connection->socket >= 0) heard(connection);
    return false;
  }
  heard(connection);
  if (kind == LINE_PUSHED) return pushed_line(connection, arena, json);
  if (kind == LINE_FAILURE) {
    failure_line(connection, arena, json, id);
    return false;
  }
  struct peinit_call *call = call_of(connection, id);
  if (call == NULL) {
    /* With ids it is the answer to a call that is over for us. */
    if (connection->endpoint->correlation[0] == '\0') foreign(connection, "a line that nobody asked for");
    return false;
  }
  return answer_line(call, arena, json, bytes, length);
}

void peinit_connection_line(peinit_connection *connection, const char *bytes, size_t length) {
  const char *fault = NULL;
  struct peinit_arena *arena = peinit_arena_make(4 * length + 512);
  const peinit_json *json = arena == NULL ? NULL : peinit_json_parse(arena, bytes, length, &fault);
  if (json == NULL) {
    peinit_error *error = NULL;
    if (fault == NULL) peinit_fail_memory(&error);
    else peinit_fail_foreign(connection->endpoint, connection->path, fault, &error);
    peinit_connection_end(connection, error);
  } else if (json->kind != PEINIT_JSON_OBJECT) foreign(connection, "a line that is no object");
  else if (take_line(connection, arena, json, bytes, length)) return;
  peinit_arena_end(arena);
}
