/* The service of the boot benchmark: says that it is ready and sleeps until SIGTERM. Both sides start this very program. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(void) {
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
  return 0;
}
