/* A service as libsystemd's users write it: readiness, status, descriptors kept over a restart, watchdog. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

static volatile sig_atomic_t reload_asked, stop_asked, keepalives_end;

static void on_signal(int number) {
  if (number == SIGHUP) reload_asked = 1;
  if (number == SIGTERM) stop_asked = 1;
  if (number == SIGUSR1) keepalives_end = 1;
}

/* One line with the descriptors that came along, and what can be read from them. */
static void tell_descriptors(void) {
  char **names = NULL;
  const int count = sd_listen_fds_with_names(0, &names);
  printf("descriptors %d", count);
  for (int at = 0; at < count; at++) {
    char text[64] = "";
    const ssize_t length = read(SD_LISTEN_FDS_START + at, text, sizeof text - 1);
    printf(" %s=%.*s", names[at], length > 0 ? (int)length : 0, text);
  }
  printf("\n");
}

/* A pipe with something in it, left with the service manager. */
static int keep_pipe(const char *name, const char *text) {
  int ends[2];
  if (pipe(ends) < 0 || write(ends[1], text, strlen(text)) < 0) return -errno;
  char message[128];
  snprintf(message, sizeof message, "FDSTORE=1\nFDNAME=%s", name);
  return sd_pid_notify_with_fds(0, 0, message, &ends[0], 1);
}

/* What came along, stored once more under a name for all. */
static int keep_given(void) {
  const int count = sd_listen_fds(0), given[] = {SD_LISTEN_FDS_START, SD_LISTEN_FDS_START + 1};
  return count != 2 ? -EINVAL : sd_pid_notify_with_fds(0, 0, "FDSTORE=1\nFDNAME=given", given, 2);
}

/* "once": descriptors that came along are left where they are; "again": they are stored once more, as the manual of sd_notify advises. */
int main(int count, char **words) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGHUP, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGUSR1, &action, NULL);
  tell_descriptors();
  uint64_t interval = 0;
  const int watched = sd_watchdog_enabled(0, &interval);
  printf("watchdog %d %llu\n", watched, (unsigned long long)interval);
  const char *habit = count > 1 && getenv("LISTEN_FDS") != NULL ? words[1] : "";
  if (strcmp(habit, "again") == 0 && keep_given() < 0) return 3;
  if (*habit == '\0' && (keep_pipe("first", "one") < 0 || keep_pipe("second", "two") < 0)) return 3;
  if (sd_notifyf(0, "READY=1\nSTATUS=ready as %lu", (unsigned long)getpid()) <= 0) return 4;
  const int barrier = sd_notify_barrier(0, 5000000);
  printf("barrier %d\n", barrier);
  while (!stop_asked) {
    usleep(20000);
    if (watched > 0 && !keepalives_end) sd_notify(0, "WATCHDOG=1");
    if (!reload_asked) continue;
    reload_asked = 0;
    sd_notify(0, "RELOADING=1");
    usleep(50000);
    sd_notify(0, "READY=1\nSTATUS=reloaded");
  }
  sd_notify(0, "STOPPING=1\nSTATUS=on its way out");
  return 0;
}
