/*
 * Commands inside: a process of the host joins the machine's namespaces and has a child there, born in the cgroup @exec.
 * With COMMAND that child waits for the machine to settle, runs COMMAND and asks for power-off; `exec` runs its command at once.
 */
#include "launcher.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { ENDING_LIMIT_MS = 2000 };

static void block_signals(sigset_t *set) {
  static const int numbers[] = {SIGCHLD, SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH};
  sigemptyset(set);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) sigaddset(set, numbers[i]);
  sigprocmask(SIG_BLOCK, set, NULL);
}

static struct termios modes;
static bool modes_known;

/* A machine has processes of its own: they live in another namespace than ours. */
static bool is_outside(pid_t pid) {
  char path[64], ours[64], theirs[64];
  snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)pid);
  ssize_t own = readlink("/proc/self/ns/pid", ours, sizeof ours), other = readlink(path, theirs, sizeof theirs);
  return own > 0 && own == other && memcmp(ours, theirs, (size_t)own) == 0;
}

/*
 * A shell inside made itself the terminal's foreground; it cannot name the group outside to give it back, nor does it mend the modes when
 * it is killed. Whoever of the outside has the terminal by now keeps it: a shell that runs us in the background.
 */
void retake_terminal(void) {
  if (!isatty(STDIN_FILENO)) return;
  const pid_t holder = tcgetpgrp(STDIN_FILENO);
  if (holder > 0 && holder != getpgrp() && kill(-holder, 0) == 0 && is_outside(holder)) return;
  signal(SIGTTOU, SIG_IGN);
  tcsetpgrp(STDIN_FILENO, getpgrp());
  if (modes_known) tcsetattr(STDIN_FILENO, TCSADRAIN, &modes);
}

/* The terminal is ours to give away: nobody else of our group, a pager say, reads what we write. */
bool has_terminal(void) {
  if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || tcgetpgrp(STDIN_FILENO) != getpgrp()) return false;
  modes_known = tcgetattr(STDIN_FILENO, &modes) == 0;
  return true;
}

/* In the child: the group outside has no name inside, so a shell could never give the terminal back to it. */
static void lead_terminal(void) {
  if (setpgid(0, 0) < 0) return;
  signal(SIGTTOU, SIG_IGN);
  tcsetpgrp(STDIN_FILENO, getpgrp());
}

/* Stops with the child, as a shell outside expects it, and lets it go on in the foreground if that is where it is resumed. */
static void stop_with(pid_t child) {
  retake_terminal();
  raise(SIGSTOP);
  if (has_terminal()) tcsetpgrp(STDIN_FILENO, child);
  kill(-child, SIGCONT);
}

/* The machine would go on without its command, so that cannot be stopped by keys. */
static void go_on(pid_t child) { kill(-child, SIGCONT); }

/* Waits for the child and passes signals on. Those of the terminal reach it by themselves. `on_stop`: it leads a group of its own. */
static int wait_for(pid_t child, void (*on_stop)(pid_t child)) {
  sigset_t set;
  block_signals(&set);
  for (;;) {
    int status;
    pid_t ended = waitpid(child, &status, WNOHANG | (on_stop ? WUNTRACED : 0));
    if (ended == child && WIFSTOPPED(status)) {
      on_stop(child);
      continue;
    }
    if (ended == child) return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    if (ended < 0 && errno != EINTR) return STATUS_FAILED;
    siginfo_t info;
    if (sigwaitinfo(&set, &info) > 0 && info.si_signo != SIGCHLD && info.si_code <= 0) kill(child, info.si_signo);
  }
}

static _Noreturn void execute(char **command, const char *directory) {
  static const char *const passed[] = {"TERM", "LANG", "LC_ALL", "TZ", "NO_COLOR", "FORCE_COLOR", "COLORTERM", NULL};
  char *path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  char *environment[16] = {path, "HOME=/root", "container=peinit-sandbox", NULL};
  int count = 3;
  for (int i = 0; passed[i]; i++)
    if (getenv(passed[i])) environment[count++] = format_text("%s=%s", passed[i], getenv(passed[i]));
  reset_signals();
  umask(022);
  syscall(SYS_close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC);
  if (chdir(directory) < 0 && chdir("/") < 0) fail(STATUS_FAILED, "cannot change to /: %m");
  environ = environment;
  execvp(command[0], command);
  int status = errno == ENOENT ? 127 : 126;
  fail(status, "cannot run %s inside: %s", command[0], why_not_executed(command[0]));
}

/* Quiet when the machine has just ended: whoever started the command hears that elsewhere. */
_Noreturn static void fail_to_enter(int pidfd, const char *what) {
  int error = errno;
  struct pollfd init = {pidfd, POLLIN, 0};
  /* PID 1 gives up its namespaces and its cgroup a little before its end shows. */
  bool ending = error == ESRCH || error == ENOMEM || error == ENODEV || error == ENOENT;
  if (poll(&init, 1, ending ? ENDING_LIMIT_MS : 0) == 1) _exit(128 + SIGKILL);
  errno = error;
  fail(STATUS_FAILED, "cannot %s: %m", what);
}

/* A child inside. Zero in the child. `sandbox`: its cgroup, -1 where it has none. */
static pid_t clone_inside(pid_t init, int pidfd, int sandbox, bool user) {
  const struct confinement confinement = confinement_of(init);
  if (!confinement.known) {
    errno = ESRCH;
    fail_to_enter(pidfd, "read what confines the machine");
  }
  /* Where cgroups are the machine's, PID 1 has given them controllers, and its root takes no processes; a container's is all one. */
  int cgroup = confinement.filtered || sandbox < 0 ? sandbox : cgroup_open_commands(sandbox);
  if (cgroup < 0 && sandbox >= 0) {
    errno = -cgroup;
    fail_to_enter(pidfd, "make the cgroup @exec of the machine");
  }
  int flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP | (user ? CLONE_NEWUSER : 0);
  if (setns(pidfd, flags) < 0) fail_to_enter(pidfd, "enter the machine's namespaces");
  struct clone_args arguments = {.exit_signal = SIGCHLD};
  if (cgroup >= 0) arguments.flags = CLONE_INTO_CGROUP, arguments.cgroup = (uint64_t)cgroup;
  pid_t child = (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
  if (child < 0) fail_to_enter(pidfd, "make a process in the machine");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    confine(&confinement);
  }
  return child;
}

static void report_event(int report, enum command_event event, int status) {
  struct command_note note = {event, status};
  if (write(report, &note, sizeof note) < 0) _exit(STATUS_FAILED);
}

static _Noreturn void settle_and_run(struct machine *machine, int report, bool leads) {
  int status = STATUS_FAILED;
  if (wait_until_settled(machine->options.settle_timeout_seconds) != SETTLED_NEVER) {
    report_event(report, COMMAND_STARTED, 0);
    pid_t child = fork();
    if (child < 0) fail(STATUS_FAILED, "fork: %m");
    if (child == 0) {
      if (leads) lead_terminal();
      execute(machine->options.command, machine->directory);
    }
    status = wait_for(child, leads ? go_on : NULL);
  }
  report_event(report, COMMAND_ENDED, status);
  if (!request_shutdown()) report_event(report, COMMAND_SHUTDOWN_REFUSED, 0);
  _exit(status);
}

/* COMMAND of a machine that has just been booted; events of it go to `report`. `leads`: it gets the terminal. Its host process. */
pid_t start_command(struct machine *machine, pid_t init, int report, bool leads) {
  pid_t launcher = getpid(), host = fork();
  if (host < 0) fail(STATUS_FAILED, "fork: %m");
  if (host > 0) return host;
  last_words = NULL;
  /* Made anew for every boot: the keeper's descriptor is not ours. */
  const bool held = machine->cgroup.parent >= 0;
  int sandbox = held ? openat(machine->cgroup.parent, machine->cgroup.name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  int pidfd = (int)syscall(SYS_pidfd_open, init, 0);
  if (pidfd < 0 || (held && sandbox < 0)) _exit(STATUS_FAILED); /* the machine has just ended, which the launcher hears from the keeper */
  sigset_t set;
  block_signals(&set);
  pid_t child = clone_inside(init, pidfd, sandbox, machine->user);
  if (child == 0) settle_and_run(machine, report, leads);
  /* After the change of user namespace, which would undo it. */
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (getppid() != launcher) _exit(STATUS_FAILED);
  close(report);
  _exit(wait_for(child, NULL));
}

/* The machine has users of its own. */
static bool has_user_namespace(pid_t init) {
  char path[64];
  struct stat ours, theirs;
  snprintf(path, sizeof path, "/proc/%d/ns/user", (int)init);
  return stat("/proc/self/ns/user", &ours) == 0 && stat(path, &theirs) == 0 && ours.st_ino != theirs.st_ino;
}

int enter_by_name(const struct options *options, const char *directory) {
  int pidfd, sandbox;
  pid_t init = record_find(options->name, &pidfd, &sandbox);
  sigset_t set;
  block_signals(&set);
  bool leads = has_terminal();
  pid_t child = clone_inside(init, pidfd, sandbox, has_user_namespace(init));
  if (child == 0) {
    if (leads) lead_terminal();
    execute(options->command, directory);
  }
  int status = wait_for(child, leads ? stop_with : NULL);
  if (leads) retake_terminal();
  return status;
}
