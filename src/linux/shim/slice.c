#include "slice.h"

#include <errno.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/syscall.h>
#include <unistd.h>

int slice_set(uint64_t nanoseconds) {
  struct sched_attr attributes = {.size = sizeof attributes};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) < 0) return -errno;
  if (attributes.sched_policy != SCHED_NORMAL) return -EOPNOTSUPP;
  attributes.sched_flags |= SCHED_FLAG_RESET_ON_FORK;
  attributes.sched_runtime = nanoseconds;
  return syscall(SYS_sched_setattr, 0, &attributes, 0) < 0 ? -errno : 0;
}
