/*
 * Starts writers with a collector behind each, as a supervision suite does, and takes no part itself.
 *
 *   pairs COUNT WRITER DIRECTORY NAME SECONDS LINES COLLECTOR [ARGUMENT]...
 *
 * In the arguments of the collector `@` stands for the number of its writer. When all have ended: one JSON object on standard output with
 * the CPU time of the collectors in nanoseconds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 256, FIXED = 7 };

static pid_t collectors[MOST];

static _Noreturn void die(const char *what) {
  fprintf(stderr, "pairs: %s: %s\n", what, strerror(errno));
  exit(1);
}

static pid_t begin(int from, int to) {
  const pid_t child = fork();
  if (child < 0) die("fork");
  if (child > 0) return child;
  /* The scheduler shares the cores out by sessions. */
  setsid();
  if ((from >= 0 && dup2(from, 0) < 0) || (to >= 0 && dup2(to, 1) < 0)) die("dup2");
  return 0;
}

static void start(char **argv, int number) {
  int ends[2];
  char text[16], name[256];
  snprintf(text, sizeof text, "%d", number);
  snprintf(name, sizeof name, "%s-%d", argv[4], number);
  if (pipe2(ends, O_CLOEXEC) < 0) die("pipe2");
  if (begin(-1, ends[1]) == 0) {
    execl(argv[2], argv[2], argv[3], name, argv[5], argv[6], (char *)NULL);
    die(argv[2]);
  }
  collectors[number] = begin(ends[0], -1);
  if (collectors[number] == 0) {
    for (char **word = argv + FIXED; *word != NULL; word++) {
      char *const at = strchr(*word, '@'), *made = NULL;
      if (at != NULL && asprintf(&made, "%.*s%s%s", (int)(at - *word), *word, text, at + 1) < 0) die("asprintf");
      if (made != NULL) *word = made;
    }
    execv(argv[FIXED], argv + FIXED);
    die(argv[FIXED]);
  }
  close(ends[0]);
  close(ends[1]);
}

int main(int argc, char **argv) {
  if (argc <= FIXED) die("arguments");
  const int count = atoi(argv[1]);
  if (count < 1 || count > MOST) die("count");
  for (int number = 0; number < count; number++) start(argv, number);
  int64_t cpu = 0;
  for (int left = 2 * count; left > 0; left--) {
    struct rusage used;
    int status;
    const pid_t ended = wait4(-1, &status, 0, &used);
    if (ended < 0) die("wait4");
    errno = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) die("a program failed");
#define NS(time) ((int64_t)(time).tv_sec * 1000000000 + (int64_t)(time).tv_usec * 1000)
    for (int number = 0; number < count; number++)
      if (collectors[number] == ended) cpu += NS(used.ru_utime) + NS(used.ru_stime);
  }
  printf("{\"cpu_ns\":%lld}\n", (long long)cpu);
  return 0;
}
