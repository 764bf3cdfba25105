/* Requests to end the machine, and what becomes of them in time. */
#include "launch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/*
 * Three requests within the window force the end (SHUT-003): PID 1 does it itself, unless it hangs; then it is killed. All in
 * milliseconds.
 */
enum { FORCE_WINDOW_MS = 5000, FORCE_GRACE_MS = 5000, PENDING_RETRY_MS = 10, END_LIMIT_MS = 300000 };

void order(const struct launch *launch, int what) {
  if (send(launch->socket, &what, sizeof what, MSG_NOSIGNAL) < 0) return; /* the keeper is gone: end-of-file says so */
}

/*
 * The kernel drops a signal for PID 1 that it has no handler for, and Node's own first handlers for SIGINT and SIGTERM lose
 * it. Only peinit catches SIGPWR: then it catches the others too (SIG-001).
 */
static bool init_catches(const struct launch *launch, int number) {
  char path[64], text[4096];
  snprintf(path, sizeof path, "/proc/%d/status", launch->init);
  const char *line = read_text(AT_FDCWD, path, text, sizeof text) > 0 ? strstr(text, "\nSigCgt:") : NULL;
  uint64_t needed = 1ull << (number - 1) | (launch->machine->options.init ? 0 : 1ull << (SIGPWR - 1));
  return line && (strtoull(line + 8, NULL, 16) & needed) == needed;
}

/* peinit bounds its shutdown (90 s by default); a machine that hangs must not hang its user too. */
void expect_end(struct launch *launch) {
  if (!launch->end_by) launch->end_by = monotonic_ms() + END_LIMIT_MS;
}

/* Signals of the user are two requests: reboot and power-off. */
static int request_of(int number) { return number == SIGINT ? SIGINT : SIGTERM; }

static void kill_in_time(struct launch *launch) {
  if (!launch->kill_at) launch->kill_at = monotonic_ms() + FORCE_GRACE_MS;
}

/* A request to end, as soon as PID 1 listens to it. */
void ask_to_end(struct launch *launch, int number) {
  expect_end(launch);
  order(launch, ORDER_LAST_BOOT);
  if (launch->init && init_catches(launch, number)) order(launch, number);
  else {
    launch->pending = number;
    if (launch->init) kill_in_time(launch);
  }
}

/* PID 1 is there. A request that came before it, or to the one before a reboot, is for this one. */
void ask_again(struct launch *launch) {
  if (!launch->pending && launch->cancelled) launch->pending = request_of(launch->cancelled);
  if (launch->pending) kill_in_time(launch);
}

/* The user wants the machine to end; the first signal decides the status where COMMAND has none. */
void cancel(struct launch *launch, int number) {
  if (!launch->cancelled) launch->cancelled = number;
  ask_to_end(launch, request_of(number));
}

/* Three within the window. */
static bool is_third_interrupt(struct launch *launch, int64_t now) {
  memmove(launch->interrupts + 1, launch->interrupts, 2 * sizeof *launch->interrupts);
  launch->interrupts[0] = now;
  return launch->interrupts[2] && now - launch->interrupts[2] <= FORCE_WINDOW_MS;
}

void interrupt(struct launch *launch) {
  int64_t now = monotonic_ms();
  bool third = is_third_interrupt(launch, now);
  cancel(launch, SIGINT);
  if (third) launch->kill_at = now + FORCE_GRACE_MS;
}

/* Ctrl-C belongs to the shell of Recovery; three times it is meant for the machine. */
void interrupt_shell(struct launch *launch) {
  if (!is_third_interrupt(launch, monotonic_ms())) return;
  memset(launch->interrupts, 0, sizeof launch->interrupts);
  cancel(launch, SIGINT);
}

static bool is_due(int64_t *at, int64_t now) {
  if (!*at || *at > now) return false;
  *at = 0;
  return true;
}

/* Does what is due; milliseconds until something else is, or -1. */
int handle_time(struct launch *launch) {
  int64_t now = monotonic_ms();
  if (is_due(&launch->give_up_at, now)) ask_to_end(launch, SIGTERM);
  if (launch->pending && launch->init && init_catches(launch, launch->pending)) {
    order(launch, launch->pending);
    launch->pending = 0;
    launch->kill_at = 0;
  }
  if (is_due(&launch->kill_at, now)) {
    say("the machine does not react to the request to end; it is killed");
    launch->pending = 0;
    order(launch, SIGKILL);
  }
  if (is_due(&launch->end_by, now)) {
    say("the machine was asked to end %d s ago and has not; it is killed", END_LIMIT_MS / 1000);
    order(launch, SIGKILL);
  }
  if (launch->pending && launch->init) return PENDING_RETRY_MS;
  const int64_t instants[] = {launch->kill_at, launch->give_up_at, launch->end_by};
  int64_t next = 0;
  for (size_t i = 0; i < sizeof instants / sizeof *instants; i++)
    if (instants[i] && (!next || instants[i] < next)) next = instants[i];
  return next ? (int)(next - now) : -1;
}
