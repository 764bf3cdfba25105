/* What a driver does that is the main process of a service. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "driver.h"

/* A file without a name that holds the text. */
static int file_with(peinit_text text) {
  int fd = memfd_create("stored", MFD_CLOEXEC);
  if (fd >= 0 && write(fd, text.bytes, text.length) == (ssize_t)text.length) return fd;
  return -1;
}

static const char *name_of(const peinit_json *request) {
  peinit_text name = text_member(request, "name");
  return peinit_json_member(request, "name") == NULL ? NULL : name.bytes;
}

static void notify(const peinit_json *request, struct reply *reply) {
  peinit_text what = text_member(request, "notify");
  int64_t number = number_member(request, "number", 0);
  uint64_t usec = (uint64_t)number_member(request, "usec", 0);
  peinit_error *error = NULL;
  peinit_notified notified;
  if (peinit_text_is(what, "ready")) notified = peinit_notify_ready(&error);
  else if (peinit_text_is(what, "reloading")) notified = peinit_notify_reloading(&error);
  else if (peinit_text_is(what, "stopping")) notified = peinit_notify_stopping(&error);
  else if (peinit_text_is(what, "status"))
    notified = peinit_notify(&(peinit_notify_notification){.status = text_member(request, "text")}, &error);
  else if (peinit_text_is(what, "watchdog")) notified = peinit_notify_watchdog(&error);
  else if (peinit_text_is(what, "watchdog_usec"))
    notified = peinit_notify(&(peinit_notify_notification){.watchdog_usec = usec, .has_watchdog_usec = true}, &error);
  else if (peinit_text_is(what, "extend_timeout")) notified = peinit_notify_extend_timeout(usec, &error);
  else if (peinit_text_is(what, "errno"))
    notified = peinit_notify(&(peinit_notify_notification){.errno_ = (int32_t)number, .has_errno_ = true}, &error);
  else if (peinit_text_is(what, "exit_status"))
    notified = peinit_notify(&(peinit_notify_notification){.exit_status = (int32_t)number, .has_exit_status = true}, &error);
  else if (peinit_text_is(what, "mainpid")) notified = peinit_notify_mainpid((uint32_t)number, &error);
  else if (peinit_text_is(what, "store")) {
    int fd = file_with(text_member(request, "text"));
    notified = peinit_notify_store(name_of(request), &fd, 1, &error);
    close(fd);
  } else if (peinit_text_is(what, "remove")) notified = peinit_notify_remove(name_of(request), &error);
  else if (peinit_text_is(what, "barrier"))
    notified = peinit_notify_barrier((int)number_member(request, "timeout_ms", 20000), &error);
  else {
    reply_unsupported(reply, "the schema has no such notification");
    return;
  }
  if (notified == PEINIT_NOTIFIED) reply_done(reply);
  else if (notified == PEINIT_NOTIFY_NOBODY) reply_failed(reply, "connection", "NOTIFY_SOCKET is not set");
  else reply_error(reply, error);
}

static void environment(const peinit_json *request, struct reply *reply) {
  const peinit_json *names = peinit_json_member(request, "names");
  peinit_buffer_add_string(&reply->line, "{\"answer\":{");
  for (size_t i = 0; names != NULL && i < names->count; i++) {
    const char *value = getenv(names->items[i].text.bytes);
    if (i > 0) peinit_buffer_add_string(&reply->line, ",");
    peinit_json_add_text(&reply->line, names->items[i].text);
    peinit_buffer_add_string(&reply->line, ":");
    if (value == NULL) peinit_buffer_add_string(&reply->line, "null");
    else peinit_json_add_text(&reply->line, peinit_text_of(value));
  }
  peinit_buffer_add_string(&reply->line, "}}");
}

static void stored(struct reply *reply) {
  peinit_error *error = NULL;
  peinit_given_fds *given = peinit_take_fds(&error);
  if (given == NULL) {
    reply_error(reply, error);
    return;
  }
  peinit_buffer_add_string(&reply->line, "{\"answer\":[");
  for (size_t i = 0; i < given->count; i++) {
    char text[65536];
    ssize_t length = pread(given->items[i].fd, text, sizeof text, 0);
    peinit_buffer_add_string(&reply->line, i == 0 ? "{\"name\":" : ",{\"name\":");
    peinit_json_add_text(&reply->line, given->items[i].name);
    peinit_buffer_add_string(&reply->line, ",\"text\":");
    peinit_json_add_text(&reply->line, (peinit_text){text, length < 0 ? 0 : (size_t)length});
    peinit_buffer_add_string(&reply->line, "}");
  }
  peinit_buffer_add_string(&reply->line, "]}");
  peinit_free(given);
}

static int caught[1024];
static size_t caught_count;

static void signals(const peinit_json *request, struct reply *reply) {
  static int fd = -1;
  static const struct {
    int number;
    const char *name;
  } known[] = {{SIGHUP, "HUP"}, {SIGUSR1, "USR1"}, {SIGUSR2, "USR2"}, {SIGTERM, "TERM"}};
  if (fd < 0) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < 4; i++) sigaddset(&set, known[i].number);
    sigprocmask(SIG_BLOCK, &set, NULL);
    fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  int64_t deadline = peinit_now_ms() + number_member(request, "timeout_ms", 0);
  size_t wanted = (size_t)number_member(request, "count", 0);
  for (;;) {
    struct signalfd_siginfo info;
    while (caught_count < 1024 && read(fd, &info, sizeof info) == (ssize_t)sizeof info) caught[caught_count++] = (int)info.ssi_signo;
    if (caught_count >= wanted || peinit_left_ms(deadline) == 0) break;
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    if (poll(&polled, 1, peinit_left_ms(deadline)) < 0) break;
  }
  peinit_buffer_add_string(&reply->line, "{\"answer\":[");
  for (size_t i = 0; i < caught_count; i++)
    for (size_t at = 0; at < 4; at++)
      if (known[at].number == caught[i]) {
        if (i > 0) peinit_buffer_add_string(&reply->line, ",");
        peinit_json_add_text(&reply->line, peinit_text_of(known[at].name));
      }
  peinit_buffer_add_string(&reply->line, "]}");
}

bool in_service(const peinit_json *request, struct reply *reply) {
  peinit_text what = text_member(request, "do");
  if (peinit_text_is(what, "notify")) notify(request, reply);
  else if (peinit_text_is(what, "environment")) environment(request, reply);
  else if (peinit_text_is(what, "stored")) stored(reply);
  else if (peinit_text_is(what, "signals")) signals(request, reply);
  else if (peinit_text_is(what, "exit")) exit((int)number_member(request, "status", 0));
  else return false;
  return true;
}
