/*
 * The least that somebody does whose child ends: waits for it, and looks at the clock.
 *
 *   parent COUNT ENDER FILE
 *
 * One JSON list on standard output: for each of COUNT children the nanoseconds from what it wrote into FILE until it was reaped.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long ended(const char *path) {
  long long instant = 0;
  FILE *const file = fopen(path, "r");
  if (file == NULL || fscanf(file, "%lld", &instant) != 1) exit(1);
  fclose(file);
  return instant;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  const int count = atoi(argv[1]);
  for (int i = 0; i < count; i++) {
    const pid_t child = fork();
    if (child < 0) return 1;
    if (child == 0) {
      setsid();
      execl(argv[2], argv[2], argv[3], (char *)NULL);
      _exit(127);
    }
    int status;
    if (waitpid(child, &status, 0) != child || status != 0) return 1;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    printf("%c%lld", i == 0 ? '[' : ',', (long long)now.tv_sec * 1000000000 + now.tv_nsec - ended(argv[3]));
  }
  puts("]");
  return 0;
}
