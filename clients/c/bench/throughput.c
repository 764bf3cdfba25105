/*
 * Requests one at a time: `throughput --socket PATH --service NAME --requests N --mode bare|client` prints one line of JSON. Bare is a loop
 * over a socket that reads up to the newline and looks at nothing.
 */
#include <peinit.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool bare(const char *path, const char *service, long requests) {
  static char answer[1 << 20];
  char request[512];
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int length = snprintf(request, sizeof request, "{\"command\":\"status\",\"service\":\"%s\"}\n", service);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  bool is_well = fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
  for (long i = 0; i < requests && is_well; i++) {
    size_t held = 0;
    is_well = write(fd, request, (size_t)length) == length;
    while (is_well && (held == 0 || answer[held - 1] != '\n')) {
      ssize_t got = read(fd, answer + held, sizeof answer - held);
      is_well = got > 0;
      if (is_well) held += (size_t)got;
    }
  }
  close(fd);
  return is_well;
}

static bool client(const char *path, const char *service, long requests) {
  peinit_error *error = NULL;
  const peinit_options options = {.path = path};
  peinit_connection *control = peinit_connection_open(PEINIT_SOCKET_CONTROL, &options, &error);
  const peinit_control_status_request request = {.service = peinit_text_of(service)};
  for (long i = 0; i < requests && error == NULL; i++) {
    peinit_control_status_response *status = NULL;
    if (peinit_control_status(control, &request, &status, &error)) peinit_free(status);
  }
  if (error != NULL) fprintf(stderr, "%s\n", error->message.bytes);
  bool is_well = error == NULL;
  peinit_free(error);
  peinit_connection_close(control);
  return is_well;
}

int main(int argc, char **argv) {
  const char *path = PEINIT_CONTROL_PATH;
  const char *service = "registryd";
  const char *mode = "client";
  long requests = 10000;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (strcmp(argv[i], "--socket") == 0) path = argv[i + 1];
    else if (strcmp(argv[i], "--service") == 0) service = argv[i + 1];
    else if (strcmp(argv[i], "--mode") == 0) mode = argv[i + 1];
    else if (strcmp(argv[i], "--requests") == 0) requests = strtol(argv[i + 1], NULL, 10);
  }
  double before = seconds();
  bool is_well = strcmp(mode, "bare") == 0 ? bare(path, service, requests) : client(path, service, requests);
  double took = seconds() - before;
  if (!is_well) return 1;
  printf("{\"mode\": \"%s\", \"requests\": %ld, \"seconds\": %.6f}\n", mode, requests, took);
  return 0;
}
