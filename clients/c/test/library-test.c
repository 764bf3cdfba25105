/*
 * What only a program can show: want of memory at each place, interrupts, an event loop of somebody else, versions. Prints TAP. Run under
 * ASan and UBSan, with the path of golden answers to machine-status.
 */
#include <errno.h>
#include <peinit.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "test.h"

static int count;
static int failures;

void check(bool is_so, const char *title) {
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

/* A server of one connection after the other that answers each line with the next of its own. */
struct server {
  int listener;
  char path[64];
  const char *const *answers;
  /* On all connections but the first; NULL: the same. */
  const char *const *later;
  pthread_t thread;
};

static void serve_one(int fd, const char *const *answers) {
  FILE *in = fdopen(fd, "r");
  char *line = NULL;
  size_t size = 0;
  for (size_t i = 0; answers[i] != NULL && getline(&line, &size, in) > 0; i++)
    if (send(fd, answers[i], strlen(answers[i]), MSG_NOSIGNAL) < 0) break;
  /* Until the other end has gone. */
  while (getline(&line, &size, in) > 0) continue;
  free(line);
  fclose(in);
}

static void *serve(void *given) {
  const struct server *server = given;
  const char *const *answers = server->answers;
  for (int fd; (fd = accept(server->listener, NULL, NULL)) >= 0;) {
    serve_one(fd, answers);
    if (server->later != NULL) answers = server->later;
  }
  return NULL;
}

static void start_server(struct server *server, const char *const *answers, const char *const *later) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  static int number;
  snprintf(server->path, sizeof server->path, "/tmp/peinit-c-%d-%d", (int)getpid(), ++number);
  memcpy(address.sun_path, server->path, strlen(server->path) + 1);
  server->answers = answers;
  server->later = later;
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
    start_server(&server, answers, NULL);
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
  start_server(&server, answers, NULL);
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
  start_server(&server, answers, NULL);
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
  start_server(&server, answers, NULL);
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

/* A stream with a connection of its own whose lines nobody takes, at the end of which the daemon goes. */
static void test_full_stream(void) {
  static const char *const answers[] = {
    "{\"status\":\"ok\"}\n{\"kind\":\"lagged\"}\n{\"kind\":\"lagged\"}\n{\"kind\":\"lagged\"}\n", NULL};
  struct server server;
  start_server(&server, answers, NULL);
  const peinit_options options = {.path = server.path, .max_held = 2};
  peinit_control_subscribe_response *line = NULL;
  peinit_connection *connection = peinit_connection_open(PEINIT_SOCKET_CONTROL, &options, NULL);
  peinit_stream *stream = peinit_control_subscribe(connection, NULL, NULL);
  struct pollfd polled = {.fd = peinit_connection_fd(connection), .events = POLLIN};
  while (stream != NULL && !peinit_stream_is_ready(stream) && poll(&polled, 1, 20000) == 1) {
    if (!peinit_connection_process(connection, NULL)) break;
  }
  check(stream != NULL && poll(&polled, 1, 0) == 0, "a stream that is full does not wake its loop");
  int taken = 0;
  while (taken < 3 && peinit_control_subscribe_next(stream, 20000, &line, NULL) == PEINIT_TAKEN_LINE) {
    peinit_free(line);
    taken++;
  }
  check(taken == 3, "and goes on once its lines are taken");
  peinit_stream_leave(stream);
  check(peinit_connection_failure(connection) != NULL, "leaving it ends the connection that it had to itself");
  peinit_connection_close(connection);
  end_server(&server);
}

static void test_usage(void) {
  static const char *const answers[] = {NULL};
  struct server server;
  start_server(&server, answers, NULL);
  const peinit_options options = {.path = server.path};
  peinit_error *error = NULL;
  peinit_connection *connection = peinit_connection_open(PEINIT_SOCKET_CONTROL, &options, NULL);
  peinit_call *call = peinit_registry_begin_send(connection, NULL, &error);
  check(call == NULL && error->kind == PEINIT_ERROR_USAGE, "a call of another socket is refused here");
  peinit_free(error);
  error = NULL;
  peinit_connection_close(connection);
  end_server(&server);
  const peinit_options nowhere = {.path = "/nonexistent/socket", .patience_ms = 3600000};
  connection = peinit_connection_open(PEINIT_SOCKET_CONTROL, &nowhere, &error);
  check(connection == NULL && error->kind == PEINIT_ERROR_CONNECTION && error->system_error == ENOENT,
        "a socket that is not there is told");
  peinit_free(error);
}

static void test_reconnect(void) {
  static const char *const silent[] = {NULL};
  static const char *const answers[] = {"{\"status\":\"ok\",\"services\":[]}\n", NULL};
  struct server server;
  start_server(&server, silent, answers);
  const peinit_options options = {.path = server.path};
  peinit_error *error = NULL;
  peinit_control_list_response *list = NULL;
  peinit_connection *connection = peinit_connection_open(PEINIT_SOCKET_CONTROL, &options, NULL);
  peinit_call *call = peinit_control_list_send(connection, NULL, NULL);
  bool is_made = peinit_connection_reconnect(connection, &error);
  bool is_answered = peinit_control_list_await(call, PEINIT_FOREVER, &list, &error);
  check(is_made && !is_answered && error->kind == PEINIT_ERROR_CONNECTION,
        "a call that was under way fails when the connection is made anew");
  peinit_free(error);
  error = NULL;
  check(peinit_control_list(connection, NULL, &list, &error) && error == NULL, "and the next one is answered on the new one");
  peinit_free(list);
  peinit_free(error);
  peinit_connection_close(connection);
  end_server(&server);
}

/* A daemon of that protocol, or of one before there was a version. */
static peinit_protocol ask_protocol(const char *golden, const char *protocol, uint32_t *minor, peinit_error **error) {
  char line[1 << 16] = "";
  char told[1 << 16];
  FILE *file = fopen(golden, "r");
  bool is_read = file != NULL && fgets(line, sizeof line, file) != NULL;
  if (file != NULL) fclose(file);
  char *from = is_read ? strstr(line, ",\"protocol\":{") : NULL;
  char *to = from == NULL ? NULL : strchr(from, '}');
  if (to == NULL) return PEINIT_PROTOCOL_UNKNOWN;
  snprintf(told, sizeof told, "%.*s%s%s", (int)(from - line), line, protocol, to + 1);
  const char *answers[] = {told, NULL};
  struct server server;
  start_server(&server, answers, NULL);
  const peinit_options options = {.path = server.path};
  peinit_connection *connection = peinit_connection_open(PEINIT_SOCKET_CONTROL, &options, NULL);
  peinit_protocol relation = peinit_check_protocol(connection, NULL, minor, error);
  peinit_connection_close(connection);
  end_server(&server);
  return relation;
}

static void test_protocol(const char *golden) {
  char same[64];
  char older[64];
  uint32_t minor = 0;
  peinit_error *error = NULL;
  snprintf(same, sizeof same, ",\"protocol\":{\"major\":%d,\"minor\":%d}", PEINIT_PROTOCOL_MAJOR, PEINIT_PROTOCOL_MINOR);
  snprintf(older, sizeof older, ",\"protocol\":{\"major\":%d,\"minor\":%d}", PEINIT_PROTOCOL_MAJOR, PEINIT_PROTOCOL_MINOR + 7);
  check(ask_protocol(golden, same, &minor, &error) == PEINIT_PROTOCOL_SAME && error == NULL,
        "a daemon of the same protocol is told as that");
  check(ask_protocol(golden, older, &minor, &error) == PEINIT_PROTOCOL_DAEMON_NEWER && minor == PEINIT_PROTOCOL_MINOR + 7 && error == NULL,
        "a newer daemon does no harm");
  check(ask_protocol(golden, "", &minor, &error) == PEINIT_PROTOCOL_DAEMON_OLDER && minor == 0 && error == NULL,
        "a daemon that tells no version is older");
  check(ask_protocol(golden, ",\"protocol\":{\"major\":99,\"minor\":0}", &minor, &error) == PEINIT_PROTOCOL_INCOMPATIBLE &&
          error->kind == PEINIT_ERROR_PROTOCOL && strstr(error->message.bytes, "99.0") != NULL,
        "one of another major version is an error that names both");
  peinit_free(error);
}

int main(int argc, char **argv) {
  test_json();
  test_want_of_memory(true);
  test_want_of_memory(false);
  test_interrupt();
  test_event_loop();
  test_held_lines();
  test_full_stream();
  test_usage();
  test_reconnect();
  test_protocol(argc > 1 ? argv[1] : "");
  printf("1..%d\n", count);
  return failures == 0 ? 0 : 1;
}
