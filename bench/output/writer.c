/*
 * A program that writes lines of 100 bytes to standard output as fast as it is let.
 *
 *   writer DIRECTORY NAME SECONDS LINES
 *
 * It makes DIRECTORY/NAME.ready, waits until somebody opens the named pipe DIRECTORY/go for writing, writes LINES lines at a time for
 * SECONDS, and leaves DIRECTORY/NAME.done with the bytes it wrote and the nanoseconds it took.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 100, MAX_LINES = 655 };

static char block[LINE * MAX_LINES];
static char path[4096];

static _Noreturn void die(const char *what) {
  fprintf(stderr, "writer: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static const char *in(const char *directory, const char *name, const char *suffix) {
  snprintf(path, sizeof path, "%s/%s%s", directory, name, suffix);
  return path;
}

int main(int argc, char **argv) {
  if (argc != 5) die("arguments");
  const char *directory = argv[1], *name = argv[2];
  const int64_t limit = (int64_t)(atof(argv[3]) * 1e9);
  const int lines = atoi(argv[4]);
  if (lines < 1 || lines > MAX_LINES) die("lines");
  for (int i = 0; i < MAX_LINES; i++) {
    memset(block + i * LINE, 'a' + i % 26, LINE - 1);
    block[i * LINE + LINE - 1] = '\n';
  }
  const int ready = open(in(directory, name, ".ready"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (ready < 0 || open(in(directory, "go", ""), O_RDONLY | O_CLOEXEC) < 0) die(path);
  const int64_t begun = now();
  int64_t written = 0, end = begun;
  while (end - begun < limit) {
    for (size_t at = 0, size = (size_t)lines * LINE; at < size;) {
      const ssize_t count = write(1, block + at, size - at);
      if (count < 0) die("write");
      at += (size_t)count;
      written += count;
    }
    end = now();
  }
  FILE *const partial = fopen(in(directory, name, ".part"), "w");
  if (partial == NULL || fprintf(partial, "%lld %lld\n", (long long)written, (long long)(end - begun)) < 0) die(path);
  if (fclose(partial) != 0) die(path);
  char *const from = strdup(path);
  if (from == NULL || rename(from, in(directory, name, ".done")) < 0) die(path);
  return 0;
}
