/* ender FILE: runs for a moment, writes CLOCK_REALTIME in nanoseconds into FILE, and ends. */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  FILE *const file = fopen(argv[1], "w");
  if (file == NULL) return 1;
  usleep(20000);
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (fprintf(file, "%lld\n", (long long)now.tv_sec * 1000000000 + now.tv_nsec) < 0) return 1;
  return fclose(file) == 0 ? 0 : 1;
}
