/*
 * What is inside of the library, and what only a program can show: JSON that must be refused, numbers at their bounds, want of memory at
 * each place, interrupts, an event loop of somebody else. Prints TAP. Run under ASan and UBSan.
 */
#include <errno.h>
#include <inttypes.h>
#include <peinit.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "codec.h"
#include "tables.h"

static int count;
static int failures;

static void check(bool is_so, const char *title) {
  printf("%sok %d - %s\n", is_so ? "" : "not ", ++count, title);
  if (!is_so) failures++;
}

/* Memory that ends with the allocation of that number; 0: it does not end. */
static long allocations_left;
/* All later ones fail as well. */
static bool is_lasting;

static void *failing(void *old, size_t size) {
  if (size == 0) {
    free(old);
    return NULL;
  }
  if (allocations_left > 0 && --allocations_left == 0) {
    if (is_lasting) allocations_left = 1;
    return NULL;
  }
  return realloc(old, size);
}

/* The message of the refusal, or NULL where it is taken. */
static bool is_refused(const char *bytes, size_t length, const char *word) {
  peinit_error *error = NULL;
  peinit_json *json = peinit_json_read(bytes, length, &error);
  bool is_so = json == NULL && error->kind == PEINIT_ERROR_PROTOCOL && strstr(error->received.bytes, word) != NULL;
  if (!is_so) printf("# %.60s: %s\n", bytes, error == NULL ? "taken" : error->message.bytes);
  peinit_free(json);
  peinit_free(error);
  return is_so;
}

static void test_refused_json(void) {
  static const struct {
    const char *text;
    const char *word;
  } rows[] = {
    {"", "does not end"},
    {" ", "does not end"},
    {"{", "name of a member"},
    {"[1", "does not end"},
    {"[1,]", "no JSON"},
    {"[1 2]", "comma"},
    {"{\"a\" 1}", "colon"},
    {"{\"a\":1,}", "name of a member"},
    {"{a:1}", "name of a member"},
    {"{\"a\":1,\"a\":2}", "twice"},
    {"{\"a\":1,\"\\u0061\":2}", "twice"},
    {"tru", "no JSON"},
    {"nulll", "follows"},
    {"1 2", "follows"},
    {"01", "begins with 0"},
    {"-", "digit"},
    {"1.", "digit"},
    {"1e", "digit"},
    {"+1", "no JSON"},
    {".5", "no JSON"},
    {"NaN", "no JSON"},
    {"\"a", "does not end"},
    {"\"a\\\"", "does not end"},
    {"\"\\x\"", "escape"},
    {"\"\\u12xy\"", "hexadecimal"},
    {"\"\\u1\"", "cut off"},
    {"\"\\ud800\"", "partner"},
    {"\"\\ud800\\u0041\"", "partner"},
    {"\"\\udc00\"", "partner"},
    {"\"\\ud800\\ud800\"", "partner"},
    {"\"\t\"", "control character"},
    {"\"\x80\"", "UTF-8"},
    {"\"\xc0\x80\"", "UTF-8"},
    {"\"\xe0\x80\x80\"", "UTF-8"},
    {"\"\xed\xa0\x80\"", "UTF-8"},
    {"\"\xf0\x80\x80\x80\"", "UTF-8"},
    {"\"\xf4\x90\x80\x80\"", "UTF-8"},
    {"\"\xf8\x88\x80\x80\x80\"", "UTF-8"},
    {"\"\xe2\x82\"", "UTF-8"},
    {"\xef\xbb\xbf{}", "no JSON"},
    {"'a'", "no JSON"},
    {"[1]/**/", "follows"},
  };
  bool all = true;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) all = is_refused(rows[i].text, strlen(rows[i].text), rows[i].word) && all;
  check(all, "text that is not exactly JSON is refused, and the reason is told");
  check(is_refused("[1,\0]", 5, "no JSON"), "a NUL outside of a text is refused");
  check(is_refused("\"a\0b\"", 5, "control character"), "a NUL that is not escaped is refused");
}

static void test_depth(void) {
  char nested[4 * PEINIT_JSON_MAX_DEPTH];
  memset(nested, '[', PEINIT_JSON_MAX_DEPTH);
  memset(nested + PEINIT_JSON_MAX_DEPTH, ']', PEINIT_JSON_MAX_DEPTH);
  peinit_json *json = peinit_json_read(nested, 2 * PEINIT_JSON_MAX_DEPTH, NULL);
  check(json != NULL, "JSON may be nested as deeply as the limit says");
  peinit_free(json);
  memset(nested, '[', sizeof nested);
  check(is_refused(nested, sizeof nested, "deeply"), "one level more is refused, however many would follow");
}

static void test_many_members(void) {
  struct peinit_buffer text = {0};
  char member[40];
  for (int i = 0; i < 5000; i++) {
    snprintf(member, sizeof member, "%c\"member%d\":%d", i == 0 ? '{' : ',', i, i);
    peinit_buffer_add_string(&text, member);
  }
  size_t whole = text.length;
  peinit_buffer_add_string(&text, "}");
  peinit_json *json = peinit_json_read(text.bytes, text.length, NULL);
  int64_t last = 0;
  check(json != NULL && json->count == 5000 && peinit_json_integer(peinit_json_member(json, "member4999"), &last) && last == 4999,
        "an object of thousands of members is read");
  peinit_free(json);
  text.length = whole;
  peinit_buffer_add_string(&text, ",\"member17\":0}");
  check(is_refused(text.bytes, text.length, "twice"), "and one that stands in it twice is found");
  peinit_buffer_end(&text);
}

static void test_round_trip(void) {
  static const char text[] =
    "{\"a\":[null,true,false,-12.5e+3,18446744073709551616,\"\\u0000\\n\\\"\\\\ \xc3\xa4\xf0\x9f\x98\x80\"],\"\":{}}";
  peinit_json *json = peinit_json_read(text, sizeof text - 1, NULL);
  peinit_text written = peinit_json_write(json, NULL);
  check(peinit_text_is(written, text), "what is read is written again in the same way, NULs and numbers of any size too");
  const peinit_json *list = peinit_json_member(json, "a");
  check(list != NULL && list->items[5].text.length == 11 && list->items[5].text.bytes[0] == '\0', "a text has its NULs and its length");
  uint64_t number;
  check(!peinit_json_unsigned(&list->items[4], &number) && !peinit_json_unsigned(&list->items[3], &number),
        "what does not fit into a number is none");
  peinit_free(written.bytes);
  peinit_free(json);
  json = peinit_json_read("\"\\ud83d\\ude00\\u00e4\\u20ac\\/\"", 28, NULL);
  check(json != NULL && peinit_json_is_text(json, "\xf0\x9f\x98\x80\xc3\xa4\xe2\x82\xac/"), "escapes are what they stand for");
  peinit_free(json);
}

static void test_integers(void) {
  static const struct {
    const char *digits;
    bool fits_signed;
    int64_t number;
    bool fits_unsigned;
    uint64_t natural;
  } rows[] = {
    {"0", true, 0, true, 0},
    {"-0", true, 0, false, 0},
    {"9223372036854775807", true, INT64_MAX, true, INT64_MAX},
    {"9223372036854775808", false, 0, true, (uint64_t)INT64_MAX + 1},
    {"-9223372036854775808", true, INT64_MIN, false, 0},
    {"-9223372036854775809", false, 0, false, 0},
    {"18446744073709551615", false, 0, true, UINT64_MAX},
    {"18446744073709551616", false, 0, false, 0},
    {"99999999999999999999999", false, 0, false, 0},
    {"9007199254740993", true, 9007199254740993, true, 9007199254740993},
    {"1.0", false, 0, false, 0},
    {"1e3", false, 0, false, 0},
  };
  bool all = true;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    peinit_json *json = peinit_json_read(rows[i].digits, strlen(rows[i].digits), NULL);
    int64_t number = 0;
    uint64_t natural = 0;
    bool is_so = peinit_json_integer(json, &number) == rows[i].fits_signed && number == rows[i].number;
    is_so = is_so && peinit_json_unsigned(json, &natural) == rows[i].fits_unsigned && natural == rows[i].natural;
    if (!is_so) printf("# %s: %" PRId64 " %" PRIu64 "\n", rows[i].digits, number, natural);
    all = all && is_so;
    peinit_free(json);
  }
  check(all, "whole numbers are exact up to the bounds of 64 bits, and none beyond");
}

/* A text of a request with bytes that are no UTF-8 must not break the line. */
static void test_bad_request_text(void) {
  struct peinit_buffer line = {0};
  peinit_json_add_text(&line, (peinit_text){"a\xff\x01\0b", 5});
  check(line.length == 19 && memcmp(line.bytes, "\"a\xef\xbf\xbd\\u0001\\u0000b\"", 19) == 0,
        "what is no UTF-8 in a text that is sent becomes the replacement character");
  peinit_buffer_end(&line);
}

static void test_missing_member(void) {
  struct peinit_buffer line = {0};
  peinit_error *error = NULL;
  const peinit_registry_set_request request = {.path = peinit_text_of("Machine"), .name = peinit_text_of("x")};
  bool is_encoded = peinit_encode(&line, &peinit_registry_set_request_table, &request, &error);
  check(!is_encoded && error->kind == PEINIT_ERROR_USAGE && strstr(error->message.bytes, "type") != NULL,
        "a request that lacks a member is refused here, and the member is named");
  peinit_free(error);
  peinit_buffer_end(&line);
}

/* What a struct says, written, and read again into another one. */
static void test_request_round_trip(void) {
  static const char expected[] =
    "{\"path\":\"Machine\\\\x\",\"name\":\"\",\"type\":\"QWORD\",\"data\":\"18446744073709551615\",\"expected_sequence\":0,\"handle\":-7}";
  const peinit_json data = peinit_json_of_text(peinit_text_of("18446744073709551615"));
  const peinit_registry_set_request request = {
    .path = peinit_text_of("Machine\\x"),
    .name = peinit_text_of(""),
    .type = {.value = PEINIT_REGISTRY_TYPE_QWORD},
    .data = &data,
    .has_expected_sequence = true,
    .has_handle = true,
    .handle = -7,
  };
  struct peinit_buffer line = {0};
  bool is_encoded = peinit_encode(&line, &peinit_registry_set_request_table, &request, NULL);
  check(is_encoded && line.length == sizeof expected - 1 && memcmp(line.bytes, expected, line.length) == 0,
        "a request has the members that are set, zero among them, and no other");
  peinit_buffer_end(&line);
}

/* A server of one connection that answers each line with the next of its own. */
struct server {
  int listener;
  char path[64];
  const char *const *answers;
  pthread_t thread;
};

static void *serve(void *given) {
  const struct server *server = given;
  int fd = accept(server->listener, NULL, NULL);
  if (fd < 0) return NULL;
  FILE *in = fdopen(fd, "r");
  char *line = NULL;
  size_t size = 0;
  for (size_t i = 0; server->answers[i] != NULL && getline(&line, &size, in) > 0; i++)
    if (send(fd, server->answers[i], strlen(server->answers[i]), MSG_NOSIGNAL) < 0) break;
  /* Until the other end has gone. */
  while (getline(&line, &size, in) > 0) continue;
  free(line);
  fclose(in);
  return NULL;
}

static void start_server(struct server *server, const char *const *answers) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  static int number;
  snprintf(server->path, sizeof server->path, "/tmp/peinit-c-%d-%d", (int)getpid(), ++number);
  memcpy(address.sun_path, server->path, strlen(server->path) + 1);
  server->answers = answers;
  server->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(server->listener, (const struct sockaddr *)&address, sizeof address) != 0 || listen(server->listener, 8) != 0) abort();
  if (pthread_create(&server->thread, NULL, serve, server) != 0) abort();
}

static void end_server(struct server *server) {
  shutdown(server->listener, SHUT_RDWR);
  pthread_join(server->thread, NULL);
  close(server->listener);
  unlink(server->path);
}

/* Every allocation in turn is the one that fails: a call then says so, and nothing is lost or touched that should not be. */
static void test_want_of_memory(bool lasts) {
  static const char *const answers[] = {
    "{\"status\":\"ok\",\"services\":[{\"service\":\"a\",\"state\":\"active\",\"cause\":null,\"health\":null,"
    "\"granted\":[\"SERVICE_START\"]}]}\n",
    NULL,
  };
  bool all = true;
  bool has_succeeded = false;
  is_lasting = lasts;
  int tries = 0;
  for (; tries < 200 && !has_succeeded; tries++) {
    struct server server;
    start_server(&server, answers);
    const peinit_options options = {.path = server.path};
    peinit_error *error = NULL;
    peinit_control_list_response *list = NULL;
    peinit_set_allocator(failing);
    allocations_left = tries + 1;
    peinit_connection *connection = peinit_connection_open(PEINIT_SOCKET_CONTROL, &options, &error);
    has_succeeded = connection != NULL && peinit_control_list(connection, NULL, &list, &error);
    all = all && (has_succeeded ? error == NULL && list->services.count == 1 : error != NULL && list == NULL);
    allocations_left = 0;
    peinit_free(list);
    peinit_free(error);
    peinit_connection_close(connection);
    peinit_set_allocator(NULL);
    end_server(&server);
  }
  check(all && has_succeeded && tries > 5,
        lasts ? "want of memory at any place is an error, and nothing leaks" : "and so is one that is over soon");
}

static void *interrupt(void *connection) {
  peinit_connection_interrupt(connection);
  return NULL;
}

static void test_interrupt(void) {
  static const char *const answers[] = {"", "{\"status\":\"ok\",\"services\":[]}\n{\"status\":\"ok\",\"services\":[]}\n", NULL};
  struct server server;
  pthread_t thread;
  start_server(&server, answers);
  const peinit_options options = {.path = server.path};
  peinit_error *error = NULL;
  peinit_control_list_response *list = NULL;
  peinit_connection *connection = peinit_connection_open(PEINIT_SOCKET_CONTROL, &options, NULL);
  peinit_call *call = peinit_control_list_send(connection, NULL, NULL);
  if (pthread_create(&thread, NULL, interrupt, connection) != 0) abort();
  bool is_done = peinit_control_list_await(call, PEINIT_FOREVER, &list, &error);
  pthread_join(thread, NULL);
  check(!is_done && error->kind == PEINIT_ERROR_CANCELLED, "an interrupt from another thread ends the wait");
  peinit_free(error);
  error = NULL;
  check(peinit_control_list(connection, NULL, &list, &error) && list->services.count == 0, "and the next call gets its own answer");
  peinit_free(list);
  peinit_connection_close(connection);
  end_server(&server);
}

static void test_event_loop(void) {
  static const char *const answers[] = {"{\"status\":\"ok\",\"services\":[]}\n", "{\"status\":\"ok\",\"services\":[]}\n", NULL};
  struct server server;
  start_server(&server, answers);
  const peinit_options options = {.path = server.path};
  peinit_control_list_response *list = NULL;
  peinit_connection *connection = peinit_connection_open(PEINIT_SOCKET_CONTROL, &options, NULL);
  peinit_call *one = peinit_control_list_send(connection, NULL, NULL);
  peinit_call *other = peinit_control_list_send(connection, NULL, NULL);
  struct pollfd polled = {.fd = peinit_connection_fd(connection), .events = POLLIN};
  bool is_well = true;
  while (is_well && !(peinit_call_is_done(one) && peinit_call_is_done(other)))
    is_well = poll(&polled, 1, 20000) == 1 && peinit_connection_process(connection, NULL);
  check(is_well, "a loop of somebody else is told when there is something to do, until all calls are done");
  check(poll(&polled, 1, 0) == 0, "and is left in peace then");
  is_well = peinit_control_list_await(other, 0, &list, NULL);
  peinit_free(list);
  check(is_well && peinit_control_list_await(one, 0, &list, NULL), "calls that are done are awaited in any order, without waiting");
  peinit_free(list);
  peinit_connection_close(connection);
  end_server(&server);
}

static void test_held_lines(void) {
  static const char *const answers[] = {
    "{\"id\":1,\"status\":\"ok\",\"watch\":5}\n",
    "{\"watch\":5,\"type\":\"value_set\",\"path\":\"a\",\"name\":\"1\",\"more\":false}\n"
    "{\"watch\":5,\"type\":\"value_set\",\"path\":\"a\",\"name\":\"2\",\"more\":false}\n"
    "{\"watch\":5,\"type\":\"value_set\",\"path\":\"a\",\"name\":\"3\",\"more\":false}\n"
    "{\"watch\":5,\"type\":\"value_set\",\"path\":\"a\",\"name\":\"4\",\"more\":false}\n"
    "{\"id\":2,\"status\":\"ok\",\"names\":[]}\n",
    NULL,
  };
  struct server server;
  start_server(&server, answers);
  const peinit_options options = {.path = server.path, .max_held = 2};
  const peinit_registry_watch_request watch = {.path = peinit_text_of("a")};
  const peinit_registry_enum_request names = {.path = peinit_text_of("a")};
  peinit_error *error = NULL;
  peinit_registry_enum_response *answer = NULL;
  peinit_registry_watch_event *event = NULL;
  peinit_connection *connection = peinit_connection_open(PEINIT_SOCKET_REGISTRY, &options, NULL);
  peinit_stream *stream = peinit_registry_watch(connection, &watch, NULL, NULL);
  bool is_well = stream != NULL && peinit_registry_enum(connection, &names, &answer, NULL);
  peinit_free(answer);
  for (int i = 0; i < 2 && is_well; i++) {
    is_well = peinit_registry_watch_next(stream, 0, &event, NULL) == PEINIT_TAKEN_LINE;
    peinit_free(event);
  }
  check(is_well, "as many lines wait for whoever takes them as may");
  peinit_taken taken = peinit_registry_watch_next(stream, 0, &event, &error);
  check(taken == PEINIT_TAKEN_FAILED && error->kind == PEINIT_ERROR_OVERRUN && strstr(error->message.bytes, "2 lines") != NULL,
        "the others are dropped, and it is told how many, at their place");
  peinit_free(error);
  peinit_stream_leave(stream);
  peinit_connection_close(connection);
  end_server(&server);
}

static void test_usage(void) {
  static const char *const answers[] = {NULL};
  struct server server;
  start_server(&server, answers);
  const peinit_options options = {.path = server.path};
  peinit_error *error = NULL;
  peinit_connection *connection = peinit_connection_open(PEINIT_SOCKET_CONTROL, &options, NULL);
  peinit_call *call = peinit_registry_begin_send(connection, NULL, &error);
  check(call == NULL && error->kind == PEINIT_ERROR_USAGE, "a call of another socket is refused here");
  peinit_free(error);
  error = NULL;
  peinit_connection_close(connection);
  end_server(&server);
  const peinit_options nowhere = {.path = "/nonexistent/socket", .patience_ms = -1};
  connection = peinit_connection_open(PEINIT_SOCKET_CONTROL, &nowhere, &error);
  check(connection == NULL && error->kind == PEINIT_ERROR_CONNECTION && error->system_error == ENOENT,
        "a socket that is not there is told");
  peinit_free(error);
}

int main(void) {
  test_refused_json();
  test_depth();
  test_many_members();
  test_round_trip();
  test_integers();
  test_bad_request_text();
  test_missing_member();
  test_request_round_trip();
  test_want_of_memory(true);
  test_want_of_memory(false);
  test_interrupt();
  test_event_loop();
  test_held_lines();
  test_usage();
  printf("1..%d\n", count);
  return failures == 0 ? 0 : 1;
}
