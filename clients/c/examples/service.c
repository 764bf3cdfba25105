// A service that tells its manager how it is: ready, alive, reloading, stopping.
#include <peinit.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

// Nobody is told where there is no manager, so the program can be run by hand as well.
static void report(peinit_notified notified, peinit_error *error) {
  if (notified == PEINIT_NOTIFY_FAILED) fprintf(stderr, "%s\n", error->message.bytes);
  peinit_free(error);
}

// [up]
static int catch_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, NULL);
  return signalfd(-1, &set, SFD_CLOEXEC);
}

static void say_ready(int reloads) {
  peinit_error *error = NULL;
  char status[64];
  snprintf(status, sizeof status, "saying hello, %d reloads", reloads);
  peinit_notify_notification up = {.ready = true, .status = peinit_text_of(status)};
  report(peinit_notify(&up, &error), error);
}
// [/up]

int main(void) {
  int signals = catch_signals();
  int reloads = 0;
  int pause_ms = peinit_watchdog_usec() == 0 ? -1 : (int)(peinit_watchdog_usec() / 2000);
  say_ready(reloads);
  for (;;) {
    struct pollfd polled = {.fd = signals, .events = POLLIN};
    struct signalfd_siginfo signal;
    peinit_error *error = NULL;
    if (poll(&polled, 1, pause_ms) == 0) {
      report(peinit_notify_watchdog(&error), error);
      continue;
    }
    if (read(signals, &signal, sizeof signal) != (ssize_t)sizeof signal) return 1;
    if (signal.ssi_signo == SIGTERM) {
      report(peinit_notify_stopping(&error), error);
      return 0;
    }
    report(peinit_notify_reloading(&error), error);
    // Here it would read its configuration again.
    say_ready(++reloads);
  }
}
