/*
 * The service of the benchmarks of boot and shutdown: says that it is ready and sleeps until SIGTERM. Both sides start this very program.
 * With the path of a file it appends there when SIGTERM came, by the monotonic clock.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static void append_now(int fd) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  const int64_t at = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
  if (write(fd, &at, sizeof at) != sizeof at) _exit(3);
}

int main(int argc, char **argv) {
  const int stamps = argc > 1 ? open(argv[1], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644) : -1;
  if (argc > 1 && stamps < 0) return 3;
  const char *path = getenv("NOTIFY_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  sigset_t terminating;
  sigemptyset(&terminating);
  sigaddset(&terminating, SIGTERM);
  sigprocmask(SIG_BLOCK, &terminating, NULL);
  if (path == NULL || strlen(path) >= sizeof address.sun_path) return 2;
  strcpy(address.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || sendto(fd, "READY=1", 7, 0, (struct sockaddr *)&address, sizeof address) != 7) return 1;
  close(fd);
  int number;
  sigwait(&terminating, &number);
  if (stamps >= 0) append_now(stamps);
  return 0;
}
