/*
 * The keeper: parent of PID 1. It boots the machine, again after a reboot if that is wanted, passes signals on from the
 * launcher, and removes cgroup and record in the end. When the launcher is gone, the machine is killed.
 */
#include "launcher.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct machine *kept;
static int launcher_socket, boot_report;

static void send_note(struct note note, int descriptor) {
  struct iovec data = {&note, sizeof note};
  char control[CMSG_SPACE(sizeof(int))] = {0};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
  if (descriptor >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  }
  /* A launcher that is gone shows as end-of-file soon. */
  if (sendmsg(launcher_socket, &message, MSG_NOSIGNAL) < 0) return;
}

static void remove_machine(void) {
  int error = cgroup_remove(&kept->cgroup);
  if (error < 0) {
    errno = -error;
    say("warning: cannot remove the cgroup %s: %m. The next run tries again.", kept->cgroup.path);
    return; /* the record stays for it */
  }
  record_remove(&kept->record);
}

static void keeper_failed(int status) {
  last_words = NULL;
  remove_machine();
  send_note((struct note){.kind = NOTE_FAILED, .status = status}, -1);
}

static void init_failed(int status) {
  char byte = (char)status;
  if (write(boot_report, &byte, 1) < 0) _exit(status);
}

/* PID 1, born in its cgroup and namespaces. */
static pid_t clone_init(struct machine *machine, int *pidfd, int *report) {
  const bool held = machine->cgroup.fd >= 0;
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) < 0) fail(STATUS_FAILED, "pipe: %m");
  struct clone_args arguments = {
      .flags = CLONE_PIDFD | (held ? CLONE_INTO_CGROUP : 0) | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET,
      .pidfd = (uint64_t)(uintptr_t)pidfd,
      .exit_signal = SIGCHLD,
      .cgroup = held ? (uint64_t)machine->cgroup.fd : 0,
  };
  pid_t init = (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
  if (init < 0) {
    if (machine->user) fail_user_namespace("making the machine's namespaces");
    int status = errno == EPERM || errno == EACCES || errno == EINVAL ? STATUS_HOST : STATUS_FAILED;
    fail(status, "cannot make PID 1 in the cgroup %s and namespaces of its own: %m", held ? machine->cgroup.path : "of the launcher");
  }
  if (init == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    close(pipe_ends[0]);
    /* The keeper may have died before prctl: then nobody reads the report. */
    struct pollfd reader = {pipe_ends[1], 0, 0};
    if (poll(&reader, 1, 0) != 0) _exit(STATUS_FAILED);
    close(launcher_socket);
    boot_report = pipe_ends[1];
    last_words = init_failed;
    boot(machine);
  }
  close(pipe_ends[1]);
  *report = pipe_ends[0];
  return init;
}

/* One boot, until PID 1 has ended; it is not reaped yet. A failure before its exec gives false and a status. */
static bool boot_once(struct machine *machine, int *pidfd, siginfo_t *ended, int *status, bool *last) {
  int report;
  pid_t init = clone_init(machine, pidfd, &report);
  struct pollfd events[3] = {{*pidfd, POLLIN, 0}, {launcher_socket, POLLIN, 0}, {report, POLLIN, 0}};
  for (bool booted = true;;) {
    if (poll(events, 3, -1) < 0) continue;
    if (events[2].revents) {
      char byte;
      booted = read(report, &byte, 1) != 1;
      close(report);
      events[2].fd = -1;
      events[2].revents = 0;
      if (booted) {
        /* Whoever reads the record may ask the launcher to end it. */
        send_note((struct note){.kind = NOTE_BOOTED, .pid = init}, -1);
        record_write(machine, getpid(), init);
      } else {
        *status = (unsigned char)byte;
      }
    }
    if (events[1].revents) {
      int order;
      if (recv(launcher_socket, &order, sizeof order, 0) != sizeof order) {
        *last = true;
        syscall(SYS_pidfd_send_signal, *pidfd, SIGKILL, NULL, 0);
        events[1].fd = -1;
        events[1].revents = 0;
      } else if (order == ORDER_LAST_BOOT) {
        *last = true;
      } else {
        syscall(SYS_pidfd_send_signal, *pidfd, order, NULL, 0);
      }
    }
    if (events[0].revents && events[2].fd < 0) {
      if (waitid(P_PIDFD, (id_t)*pidfd, ended, WEXITED | WNOWAIT) < 0) fail(STATUS_FAILED, "waitid: %m");
      return booted;
    }
  }
}

static bool is_reboot(const siginfo_t *ended) {
  /* peinit says it by its status; reboot(2) in a PID namespace ends PID 1 with SIGHUP. */
  if (ended->si_code != CLD_EXITED) return ended->si_status == SIGHUP;
  return ended->si_status == STATUS_REBOOT || ended->si_status == STATUS_REBOOT_AFTER_FAILURE;
}

void keeper(struct machine *machine, int launcher) {
  kept = machine;
  launcher_socket = launcher;
  last_words = keeper_failed;
  setsid();
  prctl(PR_SET_NAME, "peinit-keeper", 0, 0, 0);
  record_write(machine, getpid(), 0);
  if (machine->user) enter_user_namespace(machine);
  tree_prepare(machine);
  if (!machine->console.terminal) {
    int console = open("/console", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (console < 0) fail(STATUS_FAILED, "cannot open the console: %m");
    send_note((struct note){.kind = NOTE_CONSOLE}, console);
    close(console);
  }
  for (bool last = !machine->options.reboot;;) {
    int pidfd = -1, status = STATUS_FAILED;
    siginfo_t ended = {0};
    bool booted = boot_once(machine, &pidfd, &ended, &status, &last);
    bool again = booted && !last && is_reboot(&ended);
    if (!again) remove_machine();
    else record_write(machine, getpid(), 0);
    waitid(P_PIDFD, (id_t)pidfd, &ended, WEXITED);
    close(pidfd);
    if (!again) {
      last_words = NULL;
      if (booted) send_note((struct note){.kind = NOTE_ENDED, .code = ended.si_code, .status = ended.si_status}, -1);
      else send_note((struct note){.kind = NOTE_FAILED, .status = status}, -1);
      _exit(0);
    }
    int error = cgroup_remove(&machine->cgroup);
    if (error < 0) {
      errno = -error;
      fail(STATUS_FAILED, "cannot remove the cgroup %s before the next boot: %m", machine->cgroup.path);
    }
    cgroup_make(&machine->cgroup);
    send_note((struct note){.kind = NOTE_REBOOTING}, -1);
  }
}
