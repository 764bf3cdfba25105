/* The launcher's own part: makes the sandbox, then passes on console, keys, signals and COMMAND's status until the machine has ended. */
#include "launch.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GIVE_UP_MS = 2000, CTRL_C = 3 };

static struct machine *launched;

static void remove_machine(void) {
  int error = cgroup_remove(&launched->cgroup);
  if (error == 0) {
    record_remove(&launched->record);
    return;
  }
  errno = -error;
  say("warning: cannot remove the cgroup %s: %m. The next run tries again.", launched->cgroup.path);
}

static void launch_failed(int status) {
  (void)status;
  last_words = NULL;
  console_raw(false);
  remove_machine();
}

static void take_signals(struct launch *launch) {
  struct signalfd_siginfo info;
  while (read(launch->signals, &info, sizeof info) == sizeof info) {
    bool running = launch->command_started && !launch->command_ended;
    int number = (int)info.ssi_signo;
    if (number == SIGWINCH) console_resize(&launch->machine->console);
    else if (running && (number == SIGINT || number == SIGQUIT)) { /* the terminal's reach COMMAND by themselves */
      if (info.ssi_code <= 0) kill(launch->command, number);
    } else if (number == SIGINT) interrupt(launch);
    else {
      if (running) kill(launch->command, number);
      cancel(launch, number);
    }
  }
}

static void take_keys(struct launch *launch) {
  char keys[4096];
  ssize_t got = read(STDIN_FILENO, keys, sizeof keys);
  size_t kept = 0;
  bool held = console_is_held(&launch->machine->console);
  for (ssize_t i = 0; i < got; i++) {
    if (keys[i] == CTRL_C && !held) interrupt(launch);
    else keys[kept++] = keys[i];
    if (keys[i] == CTRL_C && held) interrupt_shell(launch);
  }
  for (size_t sent = 0; sent < kept;) {
    ssize_t written = write(launch->machine->console.master, keys + sent, kept - sent);
    if (written < 0) break; /* nobody reads the console inside: typing ahead has its limit */
    sent += (size_t)written;
  }
}

static void take_report(struct launch *launch) {
  struct command_note note;
  if (read(launch->report, &note, sizeof note) != sizeof note) {
    /* COMMAND's processes are gone. Killed with the machine, or unable to enter it. */
    int status;
    close(launch->report);
    launch->report = -1;
    pid_t host = waitpid(launch->command, &status, 0);
    launch->command = 0;
    if (launch->command_ended) return;
    launch->cut_off = launch->command_started;
    launch->command_ended = launch->command_started;
    launch->command_status = host < 0 ? STATUS_FAILED : WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    /* Mostly because the machine has just ended, and the keeper is about to say so. */
    launch->give_up_at = monotonic_ms() + GIVE_UP_MS;
    return;
  }
  if (note.event == COMMAND_STARTED) {
    launch->command_started = true;
    order(launch, ORDER_LAST_BOOT);
  } else if (note.event == COMMAND_ENDED) {
    launch->command_ended = true;
    launch->command_status = note.status;
    if (launch->gave_terminal) retake_terminal();
    expect_end(launch);
  } else {
    ask_to_end(launch, SIGTERM);
  }
}

static void booted(struct launch *launch, pid_t init) {
  struct machine *machine = launch->machine;
  launch->init = init;
  launch->give_up_at = 0;
  if (machine->console.terminal) console_raw(true);
  ask_again(launch);
  if (!machine->options.command || launch->cancelled) return;
  if (launch->report >= 0) close(launch->report);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) fail(STATUS_FAILED, "pipe: %m");
  launch->gave_terminal = has_terminal();
  launch->command = start_command(machine, init, ends[1], launch->gave_terminal);
  launch->report = ends[0];
  close(ends[1]);
}

/* Status of a machine that ended by itself (O-17). */
static int end_status(const struct note *ended) {
  if (ended->code == CLD_EXITED && ended->status == STATUS_REBOOT) return 0;
  if (ended->code == CLD_EXITED) return ended->status == STATUS_REBOOT_AFTER_FAILURE ? STATUS_FAILED : ended->status;
  /* reboot(2) ends PID 1 of a namespace by these. */
  return ended->status == SIGINT || ended->status == SIGHUP ? 0 : 128 + ended->status;
}

static int finish(struct launch *launch, const struct note *last) {
  struct machine *machine = launch->machine;
  console_relay(machine, true);
  console_raw(false);
  while (launch->report >= 0 && !launch->command_ended) take_report(launch);
  while (waitpid(-1, NULL, 0) > 0) continue;
  int status = last->kind == NOTE_FAILED ? last->status : end_status(last);
  if (!machine->options.command) return status;
  if (launch->gave_terminal) retake_terminal();
  if (launch->cut_off && launch->end_by == 0 && launch->kill_at == 0) {
    console_show_kept();
    say("the machine ended while COMMAND ran; above is what its console said");
  }
  if (launch->command_started && launch->command_ended) return launch->command_status;
  console_show_kept();
  if (launch->cancelled) return 128 + launch->cancelled;
  if (launch->command_ended) return launch->command_status;
  if (last->kind == NOTE_ENDED) say("the machine ended before COMMAND was run");
  return status == 0 ? STATUS_FAILED : status;
}

/* The keeper was killed: PID 1 dies with it and is ours to reap. */
static int finish_without_keeper(struct launch *launch) {
  console_raw(false);
  remove_machine();
  while (waitpid(-1, NULL, 0) > 0) continue;
  (void)launch;
  say("the keeper of the machine was killed; the machine is removed");
  return 128 + SIGKILL;
}

static int receive_note(struct launch *launch, struct note *note) {
  struct iovec data = {note, sizeof *note};
  char control[CMSG_SPACE(sizeof(int))];
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t got = recvmsg(launch->socket, &message, MSG_CMSG_CLOEXEC);
  if (got != sizeof *note) return -1;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (note->kind == NOTE_CONSOLE && header && header->cmsg_type == SCM_RIGHTS)
    memcpy(&launch->machine->console.master, CMSG_DATA(header), sizeof(int));
  return 0;
}

static int run(struct launch *launch) {
  struct machine *machine = launch->machine;
  for (;;) {
    struct pollfd events[5] = {
        {launch->signals, POLLIN, 0},
        {launch->socket, POLLIN, 0},
        {machine->console.master, POLLIN, 0},
        {machine->console.terminal && launch->init ? STDIN_FILENO : -1, POLLIN, 0},
        {launch->report, POLLIN, 0},
    };
    if (poll(events, 5, handle_time(launch)) < 0) continue;
    if (events[2].revents) console_relay(machine, false);
    if (events[3].revents) take_keys(launch);
    if (events[4].revents) take_report(launch);
    if (events[1].revents) {
      struct note note;
      if (receive_note(launch, &note) < 0) return finish_without_keeper(launch);
      if (note.kind == NOTE_BOOTED) booted(launch, note.pid);
      else if (note.kind == NOTE_REBOOTING) launch->init = launch->pending = 0;
      else if (note.kind == NOTE_ENDED || note.kind == NOTE_FAILED) return finish(launch, &note);
    }
    /* Last, because what they do depends on whether PID 1 is there. */
    if (events[0].revents) take_signals(launch);
  }
}

static void check_runtime(const struct options *options, bool imports) {
  const char *const needed[] = {"node", options->init ? NULL : "peinit.mjs", imports ? "registryd.mjs" : NULL};
  for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
    char path[PATH_MAX];
    if (!needed[i]) continue;
    snprintf(path, sizeof path, "%s/%s", options->runtime, needed[i]);
    if (access(path, R_OK) < 0)
      fail(STATUS_FAILED, "the runtime %s is incomplete: %s: %m. Run bin/build-runtime.", options->runtime, needed[i]);
  }
}

int launch(struct machine *machine) {
  static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH};
  struct launch launch = {.machine = machine, .report = -1};
  sigset_t set;
  int ends[2];
  check_host(machine);
  cgroup_find(machine);
  seeds_load(machine);
  if (!machine->image) check_runtime(&machine->options, machine->seed_count > 0);
  sigemptyset(&set);
  for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) sigaddset(&set, caught[i]);
  sigprocmask(SIG_BLOCK, &set, NULL);
  signal(SIGPIPE, SIG_IGN);
  launched = machine;
  record_claim(machine);
  last_words = launch_failed;
  cgroup_make(&machine->cgroup);
  console_open(machine);
  launch.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (launch.signals < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
    fail(STATUS_FAILED, "cannot talk to a keeper: %m");
  /* PID 1 comes to the launcher when the keeper is killed. */
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  launch.keeper = fork();
  if (launch.keeper < 0) fail(STATUS_FAILED, "fork: %m");
  if (launch.keeper == 0) {
    close(ends[0]);
    close(launch.signals);
    if (machine->console.master >= 0) close(machine->console.master);
    machine->console.master = -1;
    keeper(machine, ends[1]);
  }
  close(ends[1]);
  launch.socket = ends[0];
  return run(&launch);
}
