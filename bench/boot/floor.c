/*
 * The floor of a boot: as PID 1 of an equal sandbox it takes the very steps that peinit takes for each service, in one plain
 * loop, and nothing else. No registry, no graph, no states, no log: what is left is what the kernel and the service program cost.
 *
 *   floor COUNT PARALLEL PROGRAM [FILE]
 *
 * For each service: four directories of its cgroup, the descriptor of main/, two pipes, clone3 into main/ by the same code that
 * the addon runs between clone3 and exec (child.c is compiled in), READY=1 with the kernel's credentials. At most PARALLEL are on
 * their way at a time. The last line on the console is one JSON object with the times.
 *
 * With FILE it is the floor of a shutdown as well: the services get that word, all are up when the line is printed, and at SIGTERM each
 * is signalled and reaped; "power off" on the console is the end of that.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../src/linux/shim/child.h"
#include "../../src/linux/shim/raw-calls.h"
#include "../../src/linux/shim/slice.h"

#define ROOT "/sys/fs/cgroup/peinit"
#define SOCKET "/run/peinit/notify.sock"
enum { STACK_SIZE = 64 * 1024, PIPE_CAPACITY = 65536, RECEIVE_BUFFER = 8 << 20, DESCRIPTORS = 8000 };

static int null_fd;
static char *stack;
/* The children get what PID 1 was started with, as those of peinit do. */
static struct rlimit inherited;
static int own_oom;
/* How long each clone3 took until it returned. */
static int64_t *took;
static pid_t *pids;
static const char *stamps;

static _Noreturn void die(const char *what) {
  printf("floor: %s: %s\n", what, strerror(errno));
  exit(1);
}

static long must(long result, const char *what) {
  if (result < 0) die(what);
  return result;
}

static int64_t now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void make_directory(const char *path) {
  if (mkdir(path, 0755) < 0 && errno != EEXIST) die(path);
}

static void read_inherited(void) {
  must(getrlimit(RLIMIT_NOFILE, &inherited), "getrlimit");
  struct rlimit all = {inherited.rlim_max, inherited.rlim_max};
  must(setrlimit(RLIMIT_NOFILE, &all), "setrlimit");
  FILE *file = fopen("/proc/self/oom_score_adj", "re");
  if (file == NULL || fscanf(file, "%d", &own_oom) != 1) die("oom_score_adj");
  fclose(file);
}

static int bind_notify(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKET};
  int on = 1, size = RECEIVE_BUFFER;
  int fd = (int)must(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
  must(bind(fd, (struct sockaddr *)&address, sizeof address), SOCKET);
  must(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on), "SO_PASSCRED");
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  return fd;
}

static void make_pipe(int ends[2]) {
  must(pipe2(ends, O_CLOEXEC), "pipe2");
  must(fcntl(ends[0], F_SETFL, O_NONBLOCK), "O_NONBLOCK");
  fcntl(ends[0], F_SETPIPE_SZ, PIPE_CAPACITY);
}

static void start(const char *program, int number) {
  static const char *const parts[] = {"main", "hooks", "health"};
  char path[128];
  int output[2], error[2];
  snprintf(path, sizeof path, ROOT "/floor-%04d", number);
  must(mkdir(path, 0755), "mkdir");
  for (int i = 0; i < 3; i++) {
    snprintf(path, sizeof path, ROOT "/floor-%04d/%s", number, parts[i]);
    must(mkdir(path, 0755), "mkdir");
  }
  snprintf(path, sizeof path, ROOT "/floor-%04d/main", number);
  int cgroup = (int)must(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open");
  make_pipe(output);
  make_pipe(error);
  must(dup3(output[1], SLOT_FIRST + 1, O_CLOEXEC), "dup3");
  must(dup3(error[1], SLOT_FIRST + 2, O_CLOEXEC), "dup3");
  char *arguments[] = {(char *)program, (char *)stamps, NULL};
  char *environment[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "NOTIFY_SOCKET=" SOCKET, NULL};
  struct limit limit = {RLIMIT_NOFILE, 0, inherited.rlim_cur, inherited.rlim_max};
  struct child_plan plan = {
    .path = program,
    .directory = "/",
    .argv = arguments,
    .envp = environment,
    .stdio = {SLOT_FIRST + 3, SLOT_FIRST + 1, SLOT_FIRST + 2},
    .limits = &limit,
    .limit_count = 1,
    .sets_oom = own_oom != 0,
    .joins = -1,
    .error_read = -1,
    .error_write = -1,
    .shares_files = true,
  };
  int pidfd = -1;
  struct clone_args clone = {
    .flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP | CLONE_VM | CLONE_VFORK | CLONE_FILES,
    .pidfd = (uint64_t)(uintptr_t)&pidfd,
    .exit_signal = SIGCHLD,
    .stack = (uint64_t)(uintptr_t)stack,
    .stack_size = STACK_SIZE,
    .cgroup = (uint64_t)(unsigned)cgroup,
  };
  uint64_t all = ~0ULL, before = 0;
  RAW4(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
  const int64_t before_clone = now(CLOCK_MONOTONIC);
  long pid = clone_child(&clone, sizeof clone, child_run, &plan);
  took[number] = now(CLOCK_MONOTONIC) - before_clone;
  RAW4(SYS_rt_sigprocmask, SIG_SETMASK, &before, 0, sizeof before);
  errno = pid < 0 ? (int)-pid : plan.failure.error;
  if (pid < 0 || plan.failure.step != 0) die("clone3");
  pids[number] = (pid_t)pid;
  must(dup3(null_fd, SLOT_FIRST + 1, O_CLOEXEC), "dup3");
  must(dup3(null_fd, SLOT_FIRST + 2, O_CLOEXEC), "dup3");
  close(cgroup);
  close(output[1]);
  close(error[1]);
}

/* Datagrams that have arrived; each must carry its sender's credentials. */
static int take_ready(int notify) {
  for (int taken = 0;; taken++) {
    char text[256], control[CMSG_SPACE(sizeof(struct ucred))];
    struct iovec data = {text, sizeof text};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t got = recvmsg(notify, &message, MSG_CMSG_CLOEXEC);
    if (got < 0 && errno == EAGAIN) return taken;
    struct cmsghdr *header = got < 0 ? NULL : CMSG_FIRSTHDR(&message);
    if (header == NULL || header->cmsg_type != SCM_CREDENTIALS || got != 7 || memcmp(text, "READY=1", 7) != 0) die("recvmsg");
  }
}

static int compare(const void *a, const void *b) {
  const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
  return left < right ? -1 : left > right;
}

/* Signals and reaps them all. */
static void stop_all(int count, const sigset_t *terminating) {
  int number;
  sigwait(terminating, &number);
  for (int i = 0; i < count; i++) must(kill(pids[i], SIGTERM), "kill");
  for (int i = 0; i < count; i++) must(waitpid(-1, NULL, 0), "waitpid");
  printf("power off\n");
}

int main(int argc, char **argv) {
  const int64_t begun = now(CLOCK_REALTIME);
  if (argc != 4 && argc != 5) return 2;
  stamps = argv[4];
  sigset_t terminating;
  sigemptyset(&terminating);
  sigaddset(&terminating, SIGTERM);
  sigprocmask(SIG_BLOCK, &terminating, NULL);
  const int count = atoi(argv[1]), parallel = atoi(argv[2]);
  took = calloc((size_t)count + 1, sizeof *took);
  pids = calloc((size_t)count + 1, sizeof *pids);
  if (count < 1 || took == NULL || pids == NULL) return 2;
  read_inherited();
  slice_set(100000);
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (access("/sys/fs/cgroup/cgroup.procs", F_OK) < 0)
    must(mount("cgroup2", "/sys/fs/cgroup", "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "mount");
  make_directory(ROOT);
  make_directory("/run/peinit");
  null_fd = (int)must(open("/dev/null", O_RDWR | O_CLOEXEC), "/dev/null");
  for (int slot = SLOT_FIRST; slot < SLOT_END; slot++) must(dup3(null_fd, slot, O_CLOEXEC), "dup3");
  close((int)must(fcntl(null_fd, F_DUPFD_CLOEXEC, DESCRIPTORS), "F_DUPFD"));
  stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) die("mmap");
  const int notify = bind_notify();

  const int64_t first = now(CLOCK_REALTIME);
  for (int started = 0, ready = 0; ready < count; ready += take_ready(notify)) {
    if (started < count && started - ready < parallel) {
      start(argv[3], started++);
      continue;
    }
    struct pollfd readable = {notify, POLLIN, 0};
    must(poll(&readable, 1, 10000), "poll");
  }
  const int64_t last = now(CLOCK_REALTIME);
  qsort(took, (size_t)count, sizeof *took, compare);
  struct timespec cpu;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
  printf("{\"begun\":\"%lld\",\"first\":\"%lld\",\"last\":\"%lld\",", (long long)begun, (long long)first, (long long)last);
  printf("\"clone_p50_ns\":%lld,\"clone_p99_ns\":%lld,", (long long)took[count / 2], (long long)took[count - 1 - count / 100]);
  printf("\"cpu_ms\":%.3f}\n", (double)cpu.tv_sec * 1e3 + (double)cpu.tv_nsec / 1e6);
  if (stamps != NULL) stop_all(count, &terminating);
  return 0;
}
