/*
 * The child between clone3 and exec. On the local path it runs in the memory of PID 1, which is stopped meanwhile: nothing
 * here allocates, logs, touches errno or calls the C library. Order and step ids: EXEC-020; limits and oom_score_adj come
 * before the identity that may forbid them (D-31), their ids stay.
 */
#define _GNU_SOURCE
#include "child.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/prctl.h>
#include <linux/securebits.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

#include "raw-calls.h"

/* The child's frames never return on the local path: what a sanitizer marks on that stack would stay marked. */
#define CHILD __attribute__((no_sanitize_address, no_sanitize_undefined))

__asm__(".text\n"
        ".globl clone_child\n"
        ".hidden clone_child\n"
        ".type clone_child, @function\n"
        "clone_child:\n"
        "  mov %rdx, %r8\n" /* the kernel keeps r8 and r9 in parent and child */
        "  mov %rcx, %r9\n"
        "  mov $435, %eax\n"
        "  syscall\n"
        "  test %rax, %rax\n"
        "  jz 1f\n"
        "  ret\n"
        "1:\n"
        "  xor %ebp, %ebp\n"
        "  mov %r9, %rdi\n"
        "  call *%r8\n"
        "  hlt\n"
        ".size clone_child, .-clone_child\n"
        ".globl clone_child_old\n"
        ".hidden clone_child_old\n"
        ".type clone_child_old, @function\n"
        "clone_child_old:\n"
        "  mov %r8, %r9\n"
        "  mov %rcx, %r8\n" /* where the thread pointer would be, which nobody asks for */
        "  xor %r10d, %r10d\n"
        "  mov $56, %eax\n"
        "  syscall\n"
        "  test %rax, %rax\n"
        "  jz 1f\n"
        "  ret\n"
        "1:\n"
        "  xor %ebp, %ebp\n"
        "  mov %r9, %rdi\n"
        "  call *%r8\n"
        "  hlt\n"
        ".size clone_child_old, .-clone_child_old\n");

static CHILD _Noreturn void fail(struct child_plan *plan, enum child_step step, long error) {
  if (plan->error_write < 0) {
    plan->failure.step = step;
    plan->failure.error = (int32_t)-error;
  } else {
    struct child_error record = {step, (int32_t)-error};
    RAW3(SYS_write, plan->error_write, &record, sizeof record);
  }
  for (;;) RAW1(SYS_exit_group, step == STEP_EXEC ? 127 : 126);
}

static CHILD inline long must(struct child_plan *plan, enum child_step step, long result) {
  if (result < 0) fail(plan, step, result);
  return result;
}

/* "0" stands for who writes it. */
static CHILD void join_cgroup(struct child_plan *plan) {
  if (plan->joins < 0) return;
  const long fd = must(plan, STEP_CGROUP, RAW4(SYS_openat, plan->joins, "cgroup.procs", O_WRONLY | O_CLOEXEC, 0));
  must(plan, STEP_CGROUP, RAW3(SYS_write, fd, "0", 1));
  RAW1(SYS_close, fd);
}

/*
 * On the local path the child ends by itself when it is late, for PID 1 stands still with it: exec takes the timer away, and nothing else
 * does. Made while it is root, whose signals nobody uses up.
 */
static CHILD void end_when_late(struct child_plan *plan) {
  if (plan->error_write >= 0) return;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
  const struct itimerspec late = {.it_value = {.tv_sec = 0, .tv_nsec = LATE_MS * 1000000L}};
  int32_t timer = 0;
  must(plan, STEP_LATE, RAW3(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer));
  must(plan, STEP_LATE, RAW4(SYS_timer_settime, timer, 0, &late, 0));
}

static CHILD void close_read_end(struct child_plan *plan) {
  if (plan->shares_files) must(plan, STEP_CLOSE_READ_END, RAW3(SYS_close_range, SLOT_END, ~0U, CLOSE_RANGE_UNSHARE));
  if (plan->error_read >= 0) RAW1(SYS_close, plan->error_read);
}

/* Where a descriptor is out of the way of every number the program will see. */
static CHILD int32_t moved_up(struct child_plan *plan, enum child_step step, int32_t fd, int32_t first_free) {
  if (fd >= first_free) return fd;
  return (int32_t)must(plan, step, RAW3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, first_free));
}

static CHILD void set_stdio(struct child_plan *plan) {
  const int32_t first_free = 3 + (int32_t)plan->stored_count;
  for (int i = 0; i < 3; i++) plan->stdio[i] = moved_up(plan, STEP_STDIO, plan->stdio[i], first_free);
  for (int i = 0; i < 3; i++) must(plan, STEP_STDIO, RAW3(SYS_dup3, plan->stdio[i], i, 0));
  /* All are close-on-exec from creation; this also covers what PID 1 itself inherited. EXEC-032. */
  must(plan, STEP_STDIO, RAW3(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC));
}

/* CLONE_CLEAR_SIGHAND, where there is clone3, leaves ignored signals ignored, and Node ignores SIGPIPE and SIGXFSZ. */
static CHILD void reset_signals(struct child_plan *plan) {
  struct {
    uint64_t handler, flags, restorer, mask;
  } default_action = {0, 0, 0, 0};
  for (int signal = 1; signal <= 64; signal++) {
    if (signal == SIGKILL || signal == SIGSTOP) continue;
    must(plan, STEP_SIGNAL_RESET, RAW4(SYS_rt_sigaction, signal, &default_action, 0, sizeof(uint64_t)));
  }
  uint64_t none = 0;
  must(plan, STEP_SIGNAL_RESET, RAW4(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, sizeof none));
  must(plan, STEP_SIGNAL_RESET, RAW0(SYS_setsid));
  RAW1(SYS_umask, 022);
  /* Best effort: a recovery shell without job control is better than none. 1 takes the terminal from another session. */
  if (plan->controlling_terminal) RAW3(SYS_ioctl, 0, TIOCSCTTY, 1);
}

static CHILD void set_limits(struct child_plan *plan) {
  for (size_t i = 0; i < plan->limit_count; i++) {
    uint64_t pair[2] = {plan->limits[i].soft, plan->limits[i].hard};
    must(plan, STEP_RLIMITS, RAW4(SYS_prlimit64, 0, plan->limits[i].resource, pair, 0));
  }
}

static CHILD size_t print_decimal(char *into, int32_t value) {
  char reversed[10];
  size_t digits = 0, length = 0;
  uint32_t rest = value < 0 ? 0U - (uint32_t)value : (uint32_t)value;
  do {
    reversed[digits++] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  if (value < 0) into[length++] = '-';
  while (digits > 0) into[length++] = reversed[--digits];
  return length;
}

static CHILD void set_oom_score(struct child_plan *plan) {
  if (!plan->sets_oom) return;
  static const char path[] = "/proc/self/oom_score_adj";
  char digits[12];
  const size_t length = print_decimal(digits, plan->oom_score_adj);
  const long fd = must(plan, STEP_OOM_SCORE_ADJ, RAW3(SYS_open, path, O_WRONLY | O_CLOEXEC, 0));
  must(plan, STEP_OOM_SCORE_ADJ, RAW3(SYS_write, fd, digits, length));
  RAW1(SYS_close, fd);
}

static CHILD void cut_bounding_set(struct child_plan *plan) {
  if (~plan->capabilities == 0) return;
  for (int capability = 0; capability < 64; capability++) {
    if (plan->capabilities >> capability & 1) continue;
    if (RAW5(SYS_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) {
      /* EINVAL past the kernel's last capability. */
      const long known = RAW5(SYS_prctl, PR_CAPBSET_READ, capability, 0, 0, 0);
      if (known == 1) fail(plan, STEP_TOKEN, -EPERM);
      if (known < 0) break;
    }
  }
}

static CHILD void set_capabilities(struct child_plan *plan) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  for (int half = 0; half < 2; half++) {
    const uint32_t bits32 = (uint32_t)(plan->capabilities >> (32 * half));
    data[half].effective = data[half].permitted = data[half].inheritable = bits32;
  }
  must(plan, STEP_TOKEN, RAW2(SYS_capset, &header, data));
  for (int capability = 0; capability < 64; capability++) {
    if (plan->capabilities >> capability & 1) {
      must(plan, STEP_TOKEN, RAW5(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0));
    }
  }
}

/* The hosted projection of a token, in the order that keeps each step permitted by what is still held. */
static CHILD void set_identity(struct child_plan *plan) {
  const enum child_step step = STEP_TOKEN;
  if (plan->sets_groups) must(plan, step, RAW2(SYS_setgroups, plan->group_count, plan->groups));
  if (!plan->projects) return;
  must(plan, step, RAW3(SYS_setresgid, plan->gid, plan->gid, plan->gid));
  if (!plan->is_root) {
    /* From here uid 0 means nothing for capabilities, and setresuid takes none away. */
    const unsigned long bits =
        SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED;
    must(plan, step, RAW5(SYS_prctl, PR_SET_SECUREBITS, bits, 0, 0, 0));
  }
  /*
   * What uid 0 gets at exec is bounded by that set alone. For the others it bounds what programs with capabilities of their own would give,
   * which no_new_privs makes nothing already; and cutting it takes a new set of credentials for each of forty capabilities.
   */
  if (plan->is_root || !plan->no_new_privileges) cut_bounding_set(plan);
  if (!plan->is_root) {
    must(plan, step, RAW3(SYS_setresuid, plan->uid, plan->uid, plan->uid));
    set_capabilities(plan);
  }
  if (plan->no_new_privileges) must(plan, step, RAW5(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static CHILD void set_own_pids(struct child_plan *plan) {
  if (plan->own_pid_count == 0) return;
  const int32_t pid = (int32_t)must(plan, STEP_ENVIRONMENT, RAW0(SYS_getpid));
  for (size_t i = 0; i < plan->own_pid_count; i++) {
    char *digits = plan->own_pids[i].digits;
    digits[print_decimal(digits, pid)] = '\0';
  }
}

static CHILD void inject_stored(struct child_plan *plan) {
  const int32_t count = (int32_t)plan->stored_count;
  for (int32_t i = 0; i < count; i++) plan->stored[i] = moved_up(plan, STEP_STORED_DESCRIPTORS, plan->stored[i], 3 + count);
  for (int32_t i = 0; i < count; i++) must(plan, STEP_STORED_DESCRIPTORS, RAW3(SYS_dup3, plan->stored[i], 3 + i, 0));
}

CHILD void child_run(void *argument) {
  struct child_plan *plan = argument;
  end_when_late(plan);
  join_cgroup(plan);
  close_read_end(plan);
  set_stdio(plan);
  reset_signals(plan);
  set_limits(plan);
  set_oom_score(plan);
  set_identity(plan);
  must(plan, STEP_WORKING_DIRECTORY, RAW1(SYS_chdir, plan->directory));
  set_own_pids(plan);
  inject_stored(plan);
  fail(plan, STEP_EXEC, RAW3(SYS_execve, plan->path, plan->argv, plan->envp));
}
