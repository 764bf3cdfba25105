/*
 * Signals as records in a pipe (SIG-001, O-12): Node resets the signal mask and its other threads would eat blocked
 * signals, so neither a launcher's mask nor a signalfd works. A full pipe loses nothing: what could not be written is
 * counted, and one marker after it makes sure that the loop wakes again.
 */
#include "shim.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw-calls.h"
#include <sys/syscall.h>

enum { SIGNALS = 65 };

/* `signal` 0 is a mere wake-up. */
struct record {
  int32_t signal, pid, uid, code;
};

static int pipe_ends[2] = {-1, -1};
static atomic_uint totals[SIGNALS];
static atomic_uint lost[SIGNALS];

static bool write_record(const struct record *record) {
  return RAW3(SYS_write, pipe_ends[1], record, sizeof *record) == (long)sizeof *record;
}

static void on_signal(int signal, siginfo_t *details, void *context) {
  (void)context;
  const bool from_process = details->si_code <= 0 || details->si_code == SI_USER || signal == SIGCHLD;
  const struct record record = {signal, from_process ? details->si_pid : 0, from_process ? (int32_t)details->si_uid : 0, details->si_code};
  atomic_fetch_add(&totals[signal], 1);
  if (write_record(&record)) return;
  atomic_fetch_add(&lost[signal], 1);
  /* Between the failed write and the count the pipe may have been drained: this wakes the loop again, or finds it full. */
  const struct record marker = {0, 0, 0, 0};
  write_record(&marker);
}

/* Faults stay as they are: ignoring one that is real is undefined. 32 and 33 are libc's. */
static bool left_alone(int signal) {
  switch (signal) {
    case SIGKILL:
    case SIGSTOP:
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGTRAP:
    case SIGABRT:
    case SIGSYS:
    case 32:
    case 33:
      return true;
    default:
      return false;
  }
}

static int install(const int32_t *caught, size_t count) {
  bool is_caught[SIGNALS] = {false};
  for (size_t i = 0; i < count; i++) {
    if (caught[i] < 1 || caught[i] >= SIGNALS || left_alone(caught[i])) return -EINVAL;
    is_caught[caught[i]] = true;
  }
  struct sigaction handled, ignored;
  memset(&handled, 0, sizeof handled);
  handled.sa_sigaction = on_signal;
  handled.sa_flags = SA_SIGINFO | SA_RESTART | SA_NOCLDSTOP;
  sigfillset(&handled.sa_mask);
  memset(&ignored, 0, sizeof ignored);
  ignored.sa_handler = SIG_IGN;
  for (int signal = 1; signal < SIGNALS; signal++) {
    if (left_alone(signal)) continue;
    if (sigaction(signal, is_caught[signal] ? &handled : &ignored, NULL) < 0) return -errno;
  }
  /* Node leaves SIGUSR1 blocked under --disable-sigusr1, and a launcher may leave more. */
  sigset_t none;
  sigemptyset(&none);
  return -pthread_sigmask(SIG_SETMASK, &none, NULL);
}

/* catchSignals(signals: Int32Array): the read end of the pipe. */
static napi_value catch_signals(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const struct span list = call_bytes(&call, 0);
  if (pipe_ends[0] < 0 && pipe2(pipe_ends, O_NONBLOCK | O_CLOEXEC) < 0) return give_number(env, -errno);
  const int installed = install((const int32_t *)(const void *)list.data, list.length / sizeof(int32_t));
  return give_number(env, installed < 0 ? installed : pipe_ends[0]);
}

/*
 * drainSignals(into: Int32Array): count of records {signal, pid, uid} that were written there, lost ones with pid 0. When
 * the array is full the rest stays for the next call, which the caller makes at once.
 */
static napi_value drain_signals(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const struct span into = call_bytes(&call, 0);
  int32_t *at = (int32_t *)(void *)into.data;
  const size_t room = into.length / (3 * sizeof(int32_t));
  size_t count = 0;
  struct record records[64];
  while (pipe_ends[0] >= 0 && room - count >= 64) {
    const ssize_t bytes = read(pipe_ends[0], records, sizeof records);
    if (bytes <= 0) break;
    for (size_t i = 0; i < (size_t)bytes / sizeof records[0]; i++) {
      if (records[i].signal == 0) continue;
      *at++ = records[i].signal;
      *at++ = records[i].pid;
      *at++ = records[i].uid;
      count++;
    }
  }
  for (int signal = 1; signal < SIGNALS; signal++) {
    while (count < room && atomic_load(&lost[signal]) > 0) {
      atomic_fetch_sub(&lost[signal], 1);
      *at++ = signal;
      *at++ = 0;
      *at++ = 0;
      count++;
    }
  }
  return give_number(env, (int64_t)count);
}

/* signalTotal(signal): how often the handler ran for it. */
static napi_value signal_total(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const int32_t signal = call_int(&call, 0);
  return give_number(env, signal > 0 && signal < SIGNALS ? (int64_t)atomic_load(&totals[signal]) : -EINVAL);
}

/* reap(into: Int32Array): count of {pid, exit code or -1, signal or 0, core dumped} written there. */
static napi_value reap(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const struct span into = call_bytes(&call, 0);
  int32_t *at = (int32_t *)(void *)into.data;
  const size_t room = into.length / (4 * sizeof(int32_t));
  size_t count = 0;
  while (count < room) {
    int status = 0;
    const pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid < 0 && errno == EINTR) continue;
    if (pid <= 0) break;
    *at++ = pid;
    *at++ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    *at++ = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    *at++ = WIFSIGNALED(status) && WCOREDUMP(status) ? 1 : 0;
    count++;
  }
  return give_number(env, (int64_t)count);
}

void define_signals(napi_env env, napi_value exports) {
  static const struct export list[] = {
    {"catchSignals", catch_signals},
    {"drainSignals", drain_signals},
    {"signalTotal", signal_total},
    {"reap", reap},
  };
  DEFINE_EXPORTS(env, exports, list);
}
