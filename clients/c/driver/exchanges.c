/* Connections, calls and streams of the library, by the names that requests give them. */
#include <stdlib.h>

#include "clock.h"
#include "driver.h"
#include "exchange.h"

enum kind { CONNECTION, CALL, STREAM };

/* Something that requests call by a name. */
struct named {
  struct named *next;
  enum kind kind;
  peinit_text name;
  const struct peinit_method *method;
  peinit_connection *connection;
  /* Which socket it is of. */
  size_t socket;
  peinit_call *call;
  /* Of a call: it could not be sent, was given up, or when its time is over. */
  peinit_error *error;
  bool is_cancelled;
  int64_t deadline;
  peinit_stream *stream;
  /* Of a stream of parts: the one whose elements are taken, and how many of them were. */
  unsigned char *part;
  size_t taken;
};

static struct named *all;

static struct named *find(enum kind kind, peinit_text name) {
  for (struct named *at = all; at != NULL; at = at->next)
    if (at->kind == kind && at->name.length == name.length && memcmp(at->name.bytes, name.bytes, name.length) == 0) return at;
  return NULL;
}

static void forget(struct named *named) {
  struct named **at = &all;
  if (named == NULL) return;
  while (*at != named) at = &(*at)->next;
  *at = named->next;
  peinit_call_cancel(named->call);
  peinit_stream_leave(named->stream);
  peinit_connection_close(named->connection);
  peinit_free(named->error);
  peinit_free(named->part);
  free((char *)(uintptr_t)named->name.bytes);
  free(named);
}

static struct named *add(enum kind kind, peinit_text name) {
  forget(find(kind, name));
  struct named *named = calloc(1, sizeof *named);
  char *copy = calloc(1, name.length + 1);
  if (named == NULL || copy == NULL) abort();
  memcpy(copy, name.bytes, name.length);
  *named = (struct named){.next = all, .kind = kind, .name = {copy, name.length}, .deadline = PEINIT_NEVER};
  all = named;
  return named;
}

void forget_all(void) {
  while (all != NULL) forget(all);
}

/* The typed value, encoded again. */
static void reply_answer(struct reply *reply, const struct peinit_method *method, const void *answer) {
  peinit_error *error = NULL;
  const struct peinit_message *form = method->answer;
  if (method->other != NULL) {
    const void *forms[2];
    memcpy(forms, answer, sizeof forms);
    form = forms[0] == NULL ? method->other : method->answer;
    answer = forms[0] == NULL ? forms[1] : forms[0];
  }
  peinit_buffer_add_string(&reply->line, "{\"answer\":");
  if (!peinit_encode(&reply->line, form, answer, &error)) {
    reply->line.length = 0;
    reply_error(reply, error);
    return;
  }
  peinit_buffer_add_string(&reply->line, "}");
}

static const struct peinit_method *method_of(const struct peinit_endpoint *endpoint, peinit_text name) {
  for (size_t i = 0; i < endpoint->method_count; i++)
    if (peinit_text_is(name, endpoint->methods[i]->name)) return endpoint->methods[i];
  return NULL;
}

/* Members that the types of the library have no place for would be lost without a word. */
static bool has_place(const struct peinit_message *message, const peinit_json *json) {
  if (message->shape != PEINIT_SHAPE_OBJECT || json->kind != PEINIT_JSON_OBJECT) return true;
  for (size_t i = 0; i < json->count; i++) {
    const struct peinit_field *field = NULL;
    for (size_t at = 0; at < message->count && field == NULL; at++)
      if (peinit_text_is(json->items[i].name, message->fields[at].name)) field = &message->fields[at];
    if (field == NULL) return false;
    if (field->type == PEINIT_TYPE_MESSAGE && !field->is_list && !has_place(field->of, &json->items[i])) return false;
  }
  return true;
}

/* The typed request with these members, in the memory of the request to the driver. NULL: the types have no place for them. */
static void *request_of(struct peinit_arena *arena, const struct peinit_method *method, const peinit_json *request, struct reply *reply) {
  static const peinit_json none = {.kind = PEINIT_JSON_OBJECT};
  const peinit_json *members = peinit_json_member(request, "members");
  peinit_error *error = NULL;
  if (members == NULL) members = &none;
  void *made = peinit_arena_take(arena, method->request->size);
  if (!has_place(method->request, members)) reply_unsupported(reply, "the request has a member that the library has no place for");
  else if (made == NULL || !peinit_decode(arena, method->request, members, made, &error)) {
    reply_unsupported(reply, error == NULL ? "there is no memory" : error->message.bytes);
    peinit_free(error);
  } else return made;
  return NULL;
}

static peinit_connection *connect_to(peinit_socket socket, peinit_text path, struct reply *reply) {
  peinit_error *error = NULL;
  const peinit_options options = {.path = path.length == 0 ? NULL : path.bytes};
  peinit_connection *connection = peinit_connection_open(socket, &options, &error);
  if (connection == NULL) reply_error(reply, error);
  return connection;
}

static void open_connection(const peinit_json *request, struct reply *reply) {
  for (size_t i = 0; i < peinit_endpoint_count; i++) {
    if (!peinit_text_is(text_member(request, "socket"), peinit_endpoints[i]->name)) continue;
    peinit_connection *connection = connect_to((peinit_socket)i, text_member(request, "path"), reply);
    if (connection == NULL) return;
    struct named *named = add(CONNECTION, text_member(request, "connection"));
    named->connection = connection;
    named->socket = i;
    reply_done(reply);
    return;
  }
  reply_unsupported(reply, "the library knows no such socket");
}

/* The connection and method that a request names; false: there is none. */
static bool place_of(const peinit_json *request, struct named **on, const struct peinit_method **method, struct reply *reply) {
  *on = find(CONNECTION, text_member(request, "connection"));
  if (*on == NULL) {
    reply_failed(reply, "protocol", "there is no such connection");
    return false;
  }
  *method = method_of(peinit_endpoints[(*on)->socket], text_member(request, "command"));
  if (*method == NULL) reply_unsupported(reply, "the library has no such command");
  return *method != NULL;
}

static void call(struct peinit_arena *arena, const peinit_json *request, struct reply *reply) {
  struct named *on;
  const struct peinit_method *method;
  if (!place_of(request, &on, &method, reply)) return;
  if (method->exchange != PEINIT_EXCHANGE_ANSWER && method->exchange != PEINIT_EXCHANGE_JOINED) {
    reply_unsupported(reply, "the library has this command as a stream only");
    return;
  }
  void *members = request_of(arena, method, request, reply);
  if (members == NULL) return;
  peinit_error *error = NULL;
  peinit_call *sent = peinit_send(on->connection, method, members, &error);
  if (sent == NULL && error->kind == PEINIT_ERROR_USAGE) {
    reply_error(reply, error);
    return;
  }
  struct named *named = add(CALL, text_member(request, "call"));
  int64_t timeout = number_member(request, "timeout_ms", -1);
  named->call = sent;
  named->error = error;
  named->method = method;
  if (timeout >= 0) named->deadline = peinit_now_ms() + timeout;
  reply_done(reply);
}

static void answer(const peinit_json *request, struct reply *reply) {
  struct named *named = find(CALL, text_member(request, "call"));
  if (named == NULL) {
    reply_failed(reply, "protocol", "there is no such call");
    return;
  }
  void *made = NULL;
  peinit_error *error = named->error;
  named->error = NULL;
  if (named->is_cancelled) reply_failed(reply, "cancelled", "the call was given up");
  else if (named->call == NULL) reply_error(reply, error);
  else {
    int timeout = named->deadline == PEINIT_NEVER ? PEINIT_FOREVER : peinit_left_ms(named->deadline);
    if (peinit_await(named->call, named->method, timeout, &made, &error)) reply_answer(reply, named->method, made);
    else reply_error(reply, error);
    named->call = NULL;
  }
  peinit_free(made);
  forget(named);
}

static void cancel(const peinit_json *request, struct reply *reply) {
  struct named *named = find(CALL, text_member(request, "call"));
  if (named == NULL) {
    reply_failed(reply, "protocol", "there is no such call");
    return;
  }
  peinit_call_cancel(named->call);
  named->call = NULL;
  named->is_cancelled = true;
  reply_done(reply);
}

/* The first part says that it is heard; its entries are lines. */
static bool take_part(struct named *named, int timeout_ms, bool *has_ended, peinit_error **error) {
  void *part = NULL;
  peinit_taken taken = peinit_take(named->stream, named->method, timeout_ms, &part, error);
  peinit_free(named->part);
  named->part = part;
  named->taken = 0;
  *has_ended = taken == PEINIT_TAKEN_END;
  return taken == PEINIT_TAKEN_LINE;
}

/* NULL: there is none, and the reply says why. */
static struct named *open_stream(struct peinit_arena *arena, const peinit_json *request, peinit_connection *connection,
                                 const struct peinit_method *method, struct reply *reply) {
  void *members = request_of(arena, method, request, reply);
  if (members == NULL) return NULL;
  if (method->exchange == PEINIT_EXCHANGE_ANSWER || method->exchange == PEINIT_EXCHANGE_JOINED) {
    reply_unsupported(reply, "the library has no stream of this command");
    return NULL;
  }
  peinit_error *error = NULL;
  void *made = NULL;
  peinit_stream *stream = peinit_open_stream(connection, method, members, &made, &error);
  if (stream == NULL) {
    reply_error(reply, error);
    return NULL;
  }
  struct named *named = add(STREAM, text_member(request, "stream"));
  named->stream = stream;
  named->method = method;
  bool has_ended = false;
  if (method->exchange == PEINIT_EXCHANGE_PARTS && !take_part(named, PEINIT_FOREVER, &has_ended, &error) && !has_ended) {
    reply_error(reply, error);
    forget(named);
    return NULL;
  }
  if (made != NULL) reply_answer(reply, method, made);
  else peinit_buffer_add_string(&reply->line, "{\"answer\":{}}");
  peinit_free(made);
  return named;
}

static void submit(struct peinit_arena *arena, const peinit_json *request, struct reply *reply) {
  peinit_connection *connection = connect_to(PEINIT_SOCKET_JOBS, text_member(request, "path"), reply);
  if (connection == NULL) return;
  struct named *named = open_stream(arena, request, connection, peinit_endpoints[PEINIT_SOCKET_JOBS]->methods[0], reply);
  if (named == NULL) peinit_connection_close(connection);
  else named->connection = connection;
}

static bool has_entries(const struct named *named) {
  struct peinit_any_list list = {NULL, 0};
  if (named->part != NULL) memcpy(&list, named->part + named->method->list, sizeof list);
  return named->taken < list.count;
}

/* One line of a stream; the elements of a part are lines each. False: there is none. */
static bool add_line(struct named *named, int timeout_ms, struct peinit_buffer *lines, bool *has_ended, peinit_error **error) {
  const struct peinit_method *method = named->method;
  if (method->exchange != PEINIT_EXCHANGE_PARTS) {
    void *line = NULL;
    peinit_taken taken = peinit_take(named->stream, method, timeout_ms, &line, error);
    *has_ended = taken == PEINIT_TAKEN_END;
    const struct peinit_message *form = method->pushed == NULL ? method->answer : method->pushed;
    bool is_added = taken == PEINIT_TAKEN_LINE && peinit_encode(lines, form, line, error);
    peinit_free(line);
    return is_added;
  }
  while (!has_entries(named))
    if (!take_part(named, timeout_ms, has_ended, error)) return false;
  struct peinit_any_list list;
  memcpy(&list, named->part + method->list, sizeof list);
  const unsigned char *element = (const unsigned char *)list.items + named->taken++ * method->element->size;
  return peinit_encode(lines, method->element, element, error);
}

static void take(const peinit_json *request, struct reply *reply) {
  struct named *named = find(STREAM, text_member(request, "stream"));
  if (named == NULL) {
    reply_failed(reply, "protocol", "there is no such stream");
    return;
  }
  int64_t count = number_member(request, "count", 1);
  int64_t deadline = peinit_now_ms() + number_member(request, "timeout_ms", 0);
  peinit_error *error = NULL;
  bool has_ended = false;
  peinit_buffer_add_string(&reply->line, "{\"lines\":[");
  for (int64_t i = 0; i < count && error == NULL && !has_ended; i++) {
    size_t before = reply->line.length;
    if (i > 0) peinit_buffer_add_string(&reply->line, ",");
    if (!add_line(named, peinit_left_ms(deadline), &reply->line, &has_ended, &error)) reply->line.length = before;
  }
  /* All lines that were asked for came, and perhaps the end just behind them. */
  if (error == NULL && !has_ended && peinit_stream_has_ended(named->stream)) has_ended = !has_entries(named);
  if (error != NULL && error->kind == PEINIT_ERROR_CONNECTION) has_ended = true;
  if (error != NULL && error->kind != PEINIT_ERROR_CONNECTION && error->kind != PEINIT_ERROR_TIMEOUT) {
    reply->line.length = 0;
    reply_error(reply, error);
    return;
  }
  peinit_free(error);
  peinit_buffer_add_string(&reply->line, has_ended ? "],\"ended\":true}" : "],\"ended\":false}");
}

bool exchange(struct peinit_arena *arena, const peinit_json *request, struct reply *reply) {
  peinit_text what = text_member(request, "do");
  if (peinit_text_is(what, "open")) open_connection(request, reply);
  else if (peinit_text_is(what, "call")) call(arena, request, reply);
  else if (peinit_text_is(what, "answer")) answer(request, reply);
  else if (peinit_text_is(what, "cancel")) cancel(request, reply);
  else if (peinit_text_is(what, "take")) take(request, reply);
  else if (peinit_text_is(what, "submit")) submit(arena, request, reply);
  else if (peinit_text_is(what, "stream")) {
    struct named *on;
    const struct peinit_method *method;
    if (place_of(request, &on, &method, reply)) open_stream(arena, request, on->connection, method, reply);
  } else if (peinit_text_is(what, "leave")) {
    forget(find(STREAM, text_member(request, "stream")));
    reply_done(reply);
  } else if (peinit_text_is(what, "close")) {
    forget(find(CONNECTION, text_member(request, "connection")));
    reply_done(reply);
  } else return false;
  return true;
}
