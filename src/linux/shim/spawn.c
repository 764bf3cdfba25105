/*
 * The parent's side of a spawn. Two forms (EXEC-017, O-07): where every path is local the child borrows PID 1's memory
 * and PID 1 stands still until exec (CLONE_VM | CLONE_VFORK), so that clone3 returning means exec is known; where a path
 * may hang the child gets its own memory and reports over a non-blocking pipe.
 */
#include "shim.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "raw-calls.h"
#include "request.h"

/* Which call failed in the parent; spawn-request.ts has the names. */
enum failed_call { CALL_CLONE3 = 1, CALL_PIPE2, CALL_DUP3, CALL_MMAP, CALL_REQUEST, CALL_OPEN, CALL_EXEC };

/* Overwrites the first numbers of the request. */
struct answer {
  int32_t pid, pidfd, error_pipe, error, step, call;
};

enum { STACK_SIZE = 64 * 1024, GUARD_SIZE = 4096 };

static char *stack;
static int null_fd = -1;
static bool slots_ours;

static int open_null(void) {
  if (null_fd < 0) null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  return null_fd < 0 ? -errno : 0;
}

/* The slots are ours only if nobody had one of them before the first spawn; else every spawn copies the table. */
static void claim_slots(void) {
  for (int slot = SLOT_FIRST; slot < SLOT_END; slot++) {
    if (fcntl(slot, F_GETFD) >= 0) return;
  }
  for (int slot = SLOT_FIRST; slot < SLOT_END; slot++) {
    if (dup3(null_fd, slot, O_CLOEXEC) < 0) {
      while (--slot >= SLOT_FIRST) close(slot);
      return;
    }
  }
  slots_ours = true;
}

static int prepare_once(enum failed_call *call) {
  if (stack != NULL) return 0;
  *call = CALL_OPEN;
  const int opened = open_null();
  if (opened < 0) return opened;
  *call = CALL_MMAP;
  char *mapped = mmap(NULL, GUARD_SIZE + STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (mapped == MAP_FAILED) return -errno;
  if (mprotect(mapped, GUARD_SIZE, PROT_NONE) < 0) {
    const int error = -errno;
    munmap(mapped, GUARD_SIZE + STACK_SIZE);
    return error;
  }
  claim_slots();
  stack = mapped + GUARD_SIZE;
  return 0;
}

/* stdin, stdout and stderr go to the slots; afterwards the slots hold /dev/null again, else pipes would never end. */
static int fill_slots(struct child_plan *plan) {
  for (int i = 0; i < 3; i++) {
    if (plan->stdio[i] != null_fd && dup3(plan->stdio[i], SLOT_FIRST + i, O_CLOEXEC) < 0) return -errno;
  }
  for (int i = 0; i < 3; i++) {
    if (plan->stdio[i] != null_fd) plan->stdio[i] = SLOT_FIRST + i;
    else plan->stdio[i] = SLOT_FIRST + 3;
  }
  return 0;
}

static void clear_slots(void) {
  for (int i = 0; i < 3; i++) dup3(null_fd, SLOT_FIRST + i, O_CLOEXEC);
}

/* Both ends close-on-exec, the read end non-blocking, the write end above every number the program will see. */
static int make_error_pipe(struct child_plan *plan, enum failed_call *call) {
  int ends[2];
  *call = CALL_PIPE2;
  if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
  const int first_free = 3 + (int)plan->stored_count;
  if (ends[1] < first_free) {
    const int moved = fcntl(ends[1], F_DUPFD_CLOEXEC, first_free);
    const int error = errno;
    close(ends[1]);
    if (moved < 0) {
      close(ends[0]);
      return -error;
    }
    ends[1] = moved;
  }
  if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) {
    const int error = errno;
    close(ends[0]);
    close(ends[1]);
    return -error;
  }
  plan->error_read = ends[0];
  plan->error_write = ends[1];
  return 0;
}

/* What a container's filter says of clone3, which it cannot look into. */
static bool is_filtered(long result) { return result == -ENOSYS || result == -EPERM; }

static long clone_new(struct child_plan *plan, uint64_t flags, int cgroup, int *pidfd) {
  struct clone_args arguments;
  memset(&arguments, 0, sizeof arguments);
  arguments.flags = flags | CLONE_CLEAR_SIGHAND;
  if (cgroup >= 0) arguments.flags |= CLONE_INTO_CGROUP;
  arguments.pidfd = (uint64_t)(uintptr_t)pidfd;
  arguments.exit_signal = SIGCHLD;
  arguments.stack = (uint64_t)(uintptr_t)stack;
  arguments.stack_size = STACK_SIZE;
  if (cgroup >= 0) arguments.cgroup = (uint64_t)(unsigned int)cgroup;
  return clone_child(&arguments, sizeof arguments, child_run, plan);
}

/* As clone3, but the child takes itself into its cgroup. */
static long clone_old(struct child_plan *plan, uint64_t flags, int cgroup, int *pidfd) {
  plan->joins = cgroup;
  return clone_child_old(flags | SIGCHLD, stack + STACK_SIZE, pidfd, child_run, plan);
}

/* Asked once: a filter stays for ever. */
static bool only_old;

static long clone_either(struct child_plan *plan, uint64_t flags, int cgroup, int *pidfd) {
  if (only_old) return clone_old(plan, flags, cgroup, pidfd);
  const long pid = clone_new(plan, flags, cgroup, pidfd);
  if (!is_filtered(pid)) return pid;
  const long again = clone_old(plan, flags, cgroup, pidfd);
  only_old = again >= 0;
  return again;
}

/* A namespace is a mark beside others: where none is given to peinit after all, the process has to do without. */
static long clone_marked(struct child_plan *plan, uint64_t flags, uint32_t namespaces, int cgroup, int *pidfd) {
  const long pid = clone_either(plan, flags | namespaces, cgroup, pidfd);
  return pid == -EPERM && namespaces != 0 ? clone_either(plan, flags, cgroup, pidfd) : pid;
}

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Whether it ended before exec because it was late, and is reaped. One whose exec took as long lives on: its end is waited for a moment. */
static bool was_late(int pidfd) {
  enum { PATIENCE_MS = 20 };
  for (int waited = 0; waited < PATIENCE_MS; waited++) {
    siginfo_t ended = {0};
    if (waitid(P_PIDFD, (id_t)pidfd, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid != 0) {
      if (ended.si_code != CLD_KILLED || ended.si_status != SIGKILL) return false;
      while (waitid(P_PIDFD, (id_t)pidfd, &ended, WEXITED) < 0 && errno == EINTR) continue;
      return true;
    }
    usleep(1000);
  }
  return false;
}

static void answer_late(struct answer *answer) {
  answer->error = ETIME;
  answer->call = CALL_EXEC;
}

static void run_clone(struct child_plan *plan, const struct request *request, struct answer *answer) {
  const bool remote = plan->error_write >= 0;
  int pidfd = -1;
  uint64_t flags = CLONE_PIDFD;
  if (!remote) flags |= CLONE_VM | CLONE_VFORK;
  if (plan->shares_files) flags |= CLONE_FILES;

  /* setresuid in a child that shares our memory marks that memory as not dumpable. */
  const int dumpable = plan->projects && !remote ? prctl(PR_GET_DUMPABLE) : -1;
  /* No handler may run in the child; those of libc's own signals included. */
  uint64_t all = ~0ULL, before = 0;
  RAW4(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
  const int64_t begun = remote ? 0 : now_ms();
  const long pid = clone_marked(plan, flags, request->namespaces, request->cgroup, &pidfd);
  RAW4(SYS_rt_sigprocmask, SIG_SETMASK, &before, 0, sizeof before);
  atomic_signal_fence(memory_order_seq_cst);
  if (dumpable == 1) prctl(PR_SET_DUMPABLE, 1);

  if (pid < 0) {
    answer->error = (int32_t)-pid;
    answer->call = CALL_CLONE3;
    return;
  }
  if (plan->failure.step != 0) {
    siginfo_t ended;
    while (waitid(P_PIDFD, (id_t)pidfd, &ended, WEXITED) < 0 && errno == EINTR) continue;
    close(pidfd);
    if (plan->failure.step == STEP_LATE) return answer_late(answer);
    answer->error = plan->failure.error;
    answer->step = (int32_t)plan->failure.step;
    return;
  }
  if (!remote && now_ms() - begun >= LATE_MS - 1 && was_late(pidfd)) {
    close(pidfd);
    return answer_late(answer);
  }
  answer->pid = (int32_t)pid;
  answer->pidfd = pidfd;
}

static void start_child(struct request *request, struct answer *answer) {
  struct child_plan *const plan = &request->plan;
  const bool remote = request->remote;
  enum failed_call call = CALL_DUP3;
  int prepared = 0;
  plan->shares_files = !remote && plan->stored_count == 0 && slots_ours;
  if (remote) prepared = make_error_pipe(plan, &call);
  else if (plan->shares_files) prepared = fill_slots(plan);
  if (prepared < 0) {
    answer->error = -prepared;
    answer->call = call;
  } else {
    run_clone(plan, request, answer);
  }
  if (plan->shares_files) clear_slots();
  if (plan->error_write >= 0) close(plan->error_write);
  if (plan->error_read >= 0) {
    if (answer->pid > 0) answer->error_pipe = plan->error_read;
    else close(plan->error_read);
  }
}

/* spawn(numbers: Int32Array, text: string, wide: BigUint64Array): 0, the answer is in `numbers`. */
static napi_value spawn(napi_env env, napi_callback_info info) {
  struct call call;
  struct request request;
  struct answer answer = {0, -1, -1, 0, 0, 0};
  enum failed_call failed = CALL_REQUEST;
  call_open(&call, env, info);
  if (request_open(&call, &request) < 0) return give_number(env, -EINVAL);
  int prepared = prepare_once(&failed);
  if (prepared == 0) {
    failed = CALL_REQUEST;
    prepared = request_read(&call, null_fd, &request);
  }
  if (prepared == 0) {
    start_child(&request, &answer);
  } else {
    answer.error = -prepared;
    answer.call = failed;
  }
  memcpy(request.numbers, &answer, sizeof answer);
  return give_number(env, 0);
}

/* openProcess(pid): pidfd or -errno */
static napi_value open_process(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const long pidfd = syscall(SYS_pidfd_open, call_int(&call, 0), 0);
  return give_number(env, pidfd < 0 ? -errno : pidfd);
}

/* signalProcess(pidfd, signal) */
static napi_value signal_process(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const long sent = syscall(SYS_pidfd_send_signal, call_int(&call, 0), call_int(&call, 1), NULL, 0);
  return give_number(env, sent < 0 ? -errno : 0);
}

/* reserveDescriptors(count): every doubling of the table stalls a process with threads for 5 to 13 ms; this does it once. */
static napi_value reserve_descriptors(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  /* Also the moment to claim the slots, while few descriptors are open. */
  enum failed_call failed = 0;
  int result = prepare_once(&failed);
  if (result == 0) {
    const int highest = fcntl(null_fd, F_DUPFD_CLOEXEC, call_int(&call, 0) - 1);
    if (highest < 0) result = -errno;
    else close(highest);
  }
  return give_number(env, result);
}

void define_spawn(napi_env env, napi_value exports) {
  static const struct export list[] = {
    {"spawn", spawn},
    {"openProcess", open_process},
    {"signalProcess", signal_process},
    {"reserveDescriptors", reserve_descriptors},
  };
  DEFINE_EXPORTS(env, exports, list);
}
