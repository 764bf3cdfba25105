/*
 * The client of the control benchmark: one thread, one epoll set, requests of one line, answers of one line.
 *
 *   client PATH CONNECTIONS DEPTH REQUESTS REQUEST
 *
 * Every connection keeps DEPTH requests on their way until REQUESTS have been answered in all (a tenth more first, not counted). One JSON
 * object on standard output: requests, elapsed_ns, and the percentiles of the time from handing a request to the kernel to having
 * its answer.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MAX_DEPTH = 64, MAX_CONNECTIONS = 256, INPUT_SIZE = 65536 };

struct connection {
  int fd;
  int outstanding;
  /* Ring of the instants at which the outstanding requests were sent. */
  int64_t sent[MAX_DEPTH];
  unsigned first, next;
};

static struct connection connections[MAX_CONNECTIONS];
static char input[INPUT_SIZE];
static char *batch;
static size_t request_length;
static long wanted, warm_up, begun, answered;
static int depth;
static uint32_t *latencies;

static _Noreturn void die(const char *what) {
  fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int open_connection(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) die("the path is too long");
  strcpy(address.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) die(path);
  if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0) die("fcntl");
  return fd;
}

/* Fills the connection up to its depth with one write. */
static void send_more(struct connection *connection) {
  long count = depth - connection->outstanding;
  if (count > warm_up + wanted - begun) count = warm_up + wanted - begun;
  if (count <= 0) return;
  const int64_t instant = now();
  const size_t length = (size_t)count * request_length;
  if (write(connection->fd, batch, length) != (ssize_t)length) die("write");
  for (long i = 0; i < count; i++) connection->sent[connection->next++ % MAX_DEPTH] = instant;
  connection->outstanding += (int)count;
  begun += count;
}

static void receive(struct connection *connection) {
  ssize_t got = read(connection->fd, input, sizeof input);
  if (got == 0) {
    errno = ECONNRESET;
    die("read");
  }
  if (got < 0) {
    if (errno == EAGAIN) return;
    die("read");
  }
  const int64_t instant = now();
  for (char *at = input; (at = memchr(at, '\n', (size_t)(input + got - at))) != NULL; at++) {
    const int64_t took = instant - connection->sent[connection->first++ % MAX_DEPTH];
    if (answered >= warm_up) latencies[answered - warm_up] = took > UINT32_MAX ? UINT32_MAX : (uint32_t)took;
    answered++;
    connection->outstanding--;
  }
  /* As deep as it was told: with a depth above 1 it refills when half is answered, as a pipelining client does. */
  if (connection->outstanding * 2 <= depth) send_more(connection);
}

static int compare(const void *a, const void *b) {
  const uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
  return left < right ? -1 : left > right;
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  const int count = atoi(argv[2]);
  depth = atoi(argv[3]);
  wanted = atol(argv[4]);
  warm_up = wanted / 10;
  if (count < 1 || count > MAX_CONNECTIONS || depth < 1 || depth > MAX_DEPTH || wanted < 1) return 2;
  const size_t text_length = strlen(argv[5]);
  request_length = text_length + 1;
  batch = malloc(request_length * (size_t)depth);
  latencies = malloc((size_t)wanted * sizeof *latencies);
  if (batch == NULL || latencies == NULL) die("malloc");
  for (int i = 0; i < depth; i++) {
    memcpy(batch + (size_t)i * request_length, argv[5], text_length);
    batch[(size_t)i * request_length + text_length] = '\n';
  }
  int set = epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) die("epoll_create1");
  for (int i = 0; i < count; i++) {
    connections[i].fd = open_connection(argv[1]);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &connections[i]};
    if (epoll_ctl(set, EPOLL_CTL_ADD, connections[i].fd, &event) < 0) die("epoll_ctl");
  }
  for (int i = 0; i < count; i++) send_more(&connections[i]);
  int64_t start = warm_up == 0 ? now() : 0;
  while (answered < warm_up + wanted) {
    struct epoll_event events[MAX_CONNECTIONS];
    int ready = epoll_wait(set, events, MAX_CONNECTIONS, 10000);
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) errno = ETIMEDOUT;
    if (ready <= 0) die("epoll_wait");
    for (int i = 0; i < ready; i++) receive(events[i].data.ptr);
    if (start == 0 && answered >= warm_up) start = now();
  }
  const int64_t elapsed = now() - start;
  qsort(latencies, (size_t)wanted, sizeof *latencies, compare);
  printf("{\"requests\":%ld,\"elapsed_ns\":%lld,\"p50_ns\":%u,\"p99_ns\":%u,\"max_ns\":%u}\n", wanted, (long long)elapsed,
         latencies[wanted / 2], latencies[wanted - 1 - wanted / 100], latencies[wanted - 1]);
  return 0;
}
