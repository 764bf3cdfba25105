/* What the parent prepares for a child between clone3 and exec, and what the child reports. PSD-007 4.1, D-28. */
#ifndef PEINIT_CHILD_H
#define PEINIT_CHILD_H

#include <linux/sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Step ids of the error record; kernel.ts has the same numbers under the same names. */
enum child_step {
  STEP_CLOSE_READ_END = 1,
  STEP_STDIO = 2,
  STEP_SIGNAL_RESET = 3,
  STEP_TOKEN = 4,
  STEP_RLIMITS = 5,
  STEP_OOM_SCORE_ADJ = 6,
  STEP_WORKING_DIRECTORY = 7,
  STEP_ENVIRONMENT = 8,
  STEP_NOTIFY_SOCKET = 9,
  STEP_STORED_DESCRIPTORS = 10,
  STEP_EXEC = 11,
  /* Of the kernel's where clone3 works. */
  STEP_CGROUP = 12,
  /* Of the local path: it may not run there. Told as a call of the parent. */
  STEP_LATE = 255,
};

/*
 * With CLONE_FILES the parent lays the child's stdio on these slots and the child's first call copies the table only up
 * to them: clone would copy every descriptor of PID 1 otherwise, three for each running service.
 */
enum { SLOT_FIRST = 60, SLOT_COUNT = 4, SLOT_END = SLOT_FIRST + SLOT_COUNT };

/* "NAME=" and the space behind it where the child writes its own pid. */
struct own_pid {
  char *digits;
};

struct limit {
  uint32_t resource;
  uint32_t reserved;
  uint64_t soft, hard;
};

/* The error record of EXEC-016: 8 bytes, little-endian as the machine is. */
struct child_error {
  uint32_t step;
  int32_t error;
};

/*
 * How long a child may stand in the memory of PID 1. The paths of a program look local and need not be: a link or the interpreter of a
 * script leads anywhere, and whoever owns a file may hold a lease on it.
 */
enum { LATE_MS = 250 };

struct child_plan {
  const char *path;
  const char *directory;
  char **argv;
  char **envp;
  const struct own_pid *own_pids;
  size_t own_pid_count;
  int32_t stdio[3];
  /* Overwritten by the child with where it moved each one. */
  int32_t *stored;
  size_t stored_count;
  const struct limit *limits;
  size_t limit_count;
  const uint32_t *groups;
  size_t group_count;
  uint64_t capabilities;
  uint32_t uid, gid;
  int32_t oom_score_adj;
  /* Directory of the cgroup that the child has to join by itself; -1: it is born where it belongs. */
  int32_t joins;
  /* Both -1 when the error travels through `failure` in shared memory. */
  int32_t error_read, error_write;
  bool shares_files, sets_oom, sets_groups, projects, is_root, no_new_privileges, controlling_terminal;
  volatile struct child_error failure;
};

/* clone3; the child starts at `entry` on the stack given in the arguments. Returns the pid or -errno to the parent. */
long clone_child(struct clone_args *arguments, size_t size, void (*entry)(void *), void *argument);

/* clone, for where clone3 may not be called; `stack` is the end of the child's. As clone_child otherwise. */
long clone_child_old(uint64_t flags, void *stack, int *pidfd, void (*entry)(void *), void *argument);

/* The child from clone3 to exec. Never returns. */
void child_run(void *plan);

#endif
