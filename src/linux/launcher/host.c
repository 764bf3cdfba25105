/* What this host permits, and the privileges that processes inside keep. */
#include "launcher.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What would reach the host through its one kernel: its clock, modules, memory, log, labels, devices and sleep. */
static const int dropped[] = {CAP_SYS_TIME,  CAP_SYS_MODULE,   CAP_SYS_RAWIO, CAP_SYSLOG,
                              CAP_MAC_ADMIN, CAP_MAC_OVERRIDE, CAP_MKNOD,     CAP_WAKE_ALARM};

static void get_capabilities(struct __user_cap_data_struct data[2]) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  if (syscall(SYS_capget, &header, data) < 0) fail(STATUS_FAILED, "capget: %m");
}

/* In every set of this process; nothing is left to be inherited past a program. */
void keep_capabilities(uint64_t kept) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  get_capabilities(data);
  for (int number = 0; number < 64 && prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0; number++)
    if (!(kept >> number & 1) && prctl(PR_CAPBSET_DROP, number, 0, 0, 0) < 0) fail(STATUS_FAILED, "cannot drop capability %d: %m", number);
  for (int half = 0; half < 2; half++) {
    data[half].effective &= (uint32_t)(kept >> 32 * half);
    data[half].permitted &= (uint32_t)(kept >> 32 * half);
    data[half].inheritable = 0;
  }
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0) fail(STATUS_FAILED, "cannot clear the ambient capabilities: %m");
  if (syscall(SYS_capset, &header, data) < 0) fail(STATUS_FAILED, "capset: %m");
}

void drop_capabilities(void) {
  uint64_t kept = ~UINT64_C(0);
  for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++) kept &= ~(UINT64_C(1) << dropped[i]);
  keep_capabilities(kept);
}

/* What binds PID 1 of a machine binds who enters it. */
struct confinement confinement_of(pid_t init) {
  char path[32], text[8192];
  snprintf(path, sizeof path, "/proc/%d/status", (int)init);
  const char *bounding = read_text(AT_FDCWD, path, text, sizeof text) < 0 ? NULL : strstr(text, "\nCapBnd:");
  const char *filter = bounding ? strstr(text, "\nSeccomp:") : NULL;
  return (struct confinement){
      .known = bounding != NULL,
      .capabilities = bounding ? strtoull(bounding + strlen("\nCapBnd:"), NULL, 16) : 0,
      .filtered = filter && atoi(filter + strlen("\nSeccomp:")) == 2,
  };
}

void confine(const struct confinement *confinement) {
  if (confinement->filtered) filter_calls();
  keep_capabilities(confinement->capabilities);
}

/* Default dispositions and an empty mask, for a program about to be executed. */
void reset_signals(void) {
  for (int number = 1; number <= SIGRTMAX; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

void check_host(struct machine *machine) {
  machine->uid = geteuid();
  machine->gid = getegid();
  machine->user = machine->uid != 0 || machine->options.container == CONTAINER_ROOTLESS;
  if (machine->uid != 0) return;
  struct __user_cap_data_struct data[2];
  get_capabilities(data);
  if (!(data[0].effective & (1u << CAP_SYS_ADMIN)))
    fail(STATUS_HOST, "root lacks CAP_SYS_ADMIN here. In a container, start it with: docker run --privileged --cgroupns=private");
}
