/*
 * The floor of the output benchmark: the least that somebody does who takes the output of programs. One epoll set, reads, and a search for
 * the ends of lines; nothing is kept.
 *
 *   splitter COUNT WRITER DIRECTORY NAME SECONDS LINES
 *
 * Starts COUNT writers with pipes of 64 KB, NAME-0 and so on, and takes what they write to its end. One JSON object on standard output:
 * bytes, lines, and the CPU time that it took, in nanoseconds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum { BUFFER = 65536, EVENTS = 256 };

static uint8_t buffer[BUFFER];

static _Noreturn void die(const char *what) {
  fprintf(stderr, "splitter: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void start(int epoll, char **argv, int number) {
  int ends[2];
  char name[256];
  snprintf(name, sizeof name, "%s-%d", argv[4], number);
  if (pipe2(ends, O_CLOEXEC) < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) die("pipe2");
  const pid_t child = fork();
  if (child < 0) die("fork");
  if (child == 0) {
    /* As a service has: the scheduler shares the cores out by sessions. */
    setsid();
    dup2(ends[1], 1);
    execl(argv[2], argv[2], argv[3], name, argv[5], argv[6], (char *)NULL);
    die(argv[2]);
  }
  close(ends[1]);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = ends[0]};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event) < 0) die("epoll_ctl");
}

int main(int argc, char **argv) {
  if (argc != 7) die("arguments");
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) die("epoll_create1");
  int left = atoi(argv[1]);
  for (int number = 0; number < left; number++) start(epoll, argv, number);
  int64_t bytes = 0, lines = 0, longest = 0;
  struct rusage before, after;
  getrusage(RUSAGE_SELF, &before);
  while (left > 0) {
    struct epoll_event events[EVENTS];
    const int count = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      const ssize_t length = read(events[i].data.fd, buffer, BUFFER);
      if (length < 0) continue;
      if (length == 0) {
        close(events[i].data.fd);
        left--;
      }
      bytes += length;
      const uint8_t *line = buffer, *const end = buffer + length;
      for (const uint8_t *newline; line < end && (newline = memchr(line, '\n', (size_t)(end - line))) != NULL; line = newline + 1) {
        lines++;
        if (newline - line > longest) longest = newline - line;
      }
    }
  }
  getrusage(RUSAGE_SELF, &after);
#define NS(time) ((int64_t)(time).tv_sec * 1000000000 + (int64_t)(time).tv_usec * 1000)
  const int64_t cpu = NS(after.ru_utime) + NS(after.ru_stime) - NS(before.ru_utime) - NS(before.ru_stime);
  printf("{\"bytes\":%lld,\"lines\":%lld,\"longest\":%lld,\"cpu_ns\":%lld}\n", (long long)bytes, (long long)lines, (long long)longest,
         (long long)cpu);
  return 0;
}
