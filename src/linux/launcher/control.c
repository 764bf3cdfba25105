/* A client of the machine's control socket: one JSON object a line, answered in order. Runs inside. */
#include "launcher.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CONTROL_SOCKET "/run/peinit/control.sock"
#define PAUSE_NS 3000000
enum { ANSWER_LIMIT = 1 << 20, SHORT_LIMIT_MS = 5000 };

static char answer[ANSWER_LIMIT];

static int connect_control(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = CONTROL_SOCKET};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

/* One request, its answer in `answer`. 1: answered, 0: not in time, -1: no connection, or it was closed. */
static int ask(const char *request, int64_t until) {
  int fd = connect_control();
  if (fd < 0) return -1;
  size_t length = 0;
  int result = send(fd, request, strlen(request), MSG_NOSIGNAL) == (ssize_t)strlen(request) ? 1 : -1;
  answer[0] = '\0';
  while (result == 1 && !strchr(answer, '\n')) {
    int64_t left = until - monotonic_ms();
    struct pollfd readable = {fd, POLLIN, 0};
    int ready = left > 0 ? poll(&readable, 1, left > INT_MAX ? INT_MAX : (int)left) : 0;
    if (ready < 0 && errno == EINTR) continue;
    ssize_t got = ready > 0 && length < sizeof answer - 1 ? read(fd, answer + length, sizeof answer - 1 - length) : 0;
    if (ready <= 0) result = 0;
    else if (got <= 0) result = -1;
    else length += (size_t)got;
    answer[length] = '\0';
  }
  close(fd);
  return result;
}

static const char *skip_space(const char *at) { return at + strspn(at, " \t\r\n"); }

/* Past the string at `at`. */
static const char *skip_string(const char *at) {
  for (at++; *at && *at != '"'; at++)
    if (*at == '\\' && at[1]) at++;
  return *at ? at + 1 : at;
}

/* Past the value at `at`. The answers are peinit's own: well-formed. */
static const char *skip_value(const char *at) {
  int depth = 0;
  do {
    if (*at == '"') {
      at = skip_string(at);
      continue;
    }
    if (*at == '{' || *at == '[') depth++;
    else if (*at == '}' || *at == ']') depth--;
    else if (depth == 0) return at + strcspn(at, ",}] \t\r\n");
    if (*at) at++;
  } while (depth > 0 && *at);
  return at;
}

/* Value of a member of the answer, NULL when there is none. */
static const char *member(const char *name) {
  const char *at = skip_space(answer);
  if (*at != '{') return NULL;
  for (at = skip_space(at + 1); *at == '"'; at = skip_space(at + 1)) {
    const char *key = at + 1, *end = skip_string(at);
    at = skip_space(end);
    if (*at != ':') return NULL;
    at = skip_space(at + 1);
    if ((size_t)(end - key) == strlen(name) + 1 && strncmp(key, name, strlen(name)) == 0) return at;
    at = skip_space(skip_value(at));
    if (*at != ',') return NULL;
  }
  return NULL;
}

/* Length of the string's inside, escapes left as they are. */
static int string_length(const char *value) { return value && *value == '"' ? (int)(skip_string(value) - value - 2) : 0; }

static bool member_is(const char *name, const char *text) {
  const char *value = member(name);
  return (size_t)string_length(value) == strlen(text) && value && strncmp(value + 1, text, strlen(text)) == 0;
}

/* The names in a list member, joined. */
static void join(const char *name, char *into, size_t size) {
  size_t length = 0;
  const char *at = member(name);
  into[0] = '\0';
  if (!at || *at != '[') return;
  for (at = skip_space(at + 1); *at == '"'; at = skip_space(at)) {
    int added = snprintf(into + length, size - length, "%s%.*s", length ? ", " : "", string_length(at), at + 1);
    if (added < 0 || (size_t)added >= size - length) break;
    length += (size_t)added;
    at = skip_space(skip_string(at));
    if (*at == ',') at++;
  }
}

static enum settled say_late(unsigned timeout_seconds) {
  char names[2048] = "";
  if (ask("{\"command\":\"machine-status\"}\n", monotonic_ms() + SHORT_LIMIT_MS) == 1) join("waiting_for", names, sizeof names);
  say("the machine has not settled after %u s%s%s; going on", timeout_seconds, names[0] ? ", waiting for: " : "", names);
  return SETTLED_LATE;
}

/* COMMAND may not look at them, and its status says nothing of them. */
static enum settled say_failed(void) {
  char failed[2048], restarting[2048];
  join("failed", failed, sizeof failed);
  join("restarting", restarting, sizeof restarting);
  if (failed[0]) say("the machine has settled, but these services failed: %s", failed);
  if (restarting[0]) say("the machine has settled, but these services went wrong and wait to be started again: %s", restarting);
  return SETTLED;
}

enum settled wait_until_settled(unsigned timeout_seconds) {
  int64_t until = monotonic_ms() + (int64_t)timeout_seconds * 1000;
  bool connected = false;
  for (;;) {
    int result = ask("{\"command\":\"machine-status\",\"wait\":true}\n", until);
    connected = connected || result >= 0;
    if (result == 1) break;
    if (monotonic_ms() >= until) {
      if (connected) return say_late(timeout_seconds);
      say("the machine's control socket did not appear within %u s", timeout_seconds);
      return SETTLED_NEVER;
    }
    struct timespec pause = {0, PAUSE_NS};
    nanosleep(&pause, NULL);
  }
  const char *reason = member("reason"), *message = member("message");
  if (member_is("phase", "settled")) return say_failed();
  if (member_is("phase", "recovery")) say("the machine is in recovery: %.*s", string_length(reason), reason ? reason + 1 : "");
  else if (member_is("phase", "stopping")) say("the machine is shutting down: %.*s", string_length(reason), reason ? reason + 1 : "");
  else say("the machine did not tell its status: %.*s", string_length(message), message ? message + 1 : "");
  return SETTLED_NEVER;
}

/* Asks for power-off. False: nobody took the request. */
bool request_shutdown(void) {
  return ask("{\"command\":\"shutdown\",\"type\":\"poweroff\"}\n", monotonic_ms() + SHORT_LIMIT_MS) == 1 && member_is("status", "ok");
}
