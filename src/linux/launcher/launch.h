/* The launcher's state, and what it asks of the keeper. */
#ifndef PEINIT_LAUNCH_H
#define PEINIT_LAUNCH_H

#include "launcher.h"

struct launch {
  struct machine *machine;
  pid_t keeper;
  int socket, signals, report;
  pid_t init;    /* 0: not booted (yet) */
  pid_t command; /* host process of COMMAND, 0: none */
  bool command_started, command_ended;
  int cancelled;        /* signal that asked the machine to end, 0: none */
  bool cut_off;       /* the machine ended under COMMAND */
  bool gave_terminal; /* COMMAND is the foreground of our terminal */
  int command_status;
  int64_t interrupts[3]; /* latest first */
  int64_t kill_at;       /* when PID 1 is killed, 0: it is not */
  int64_t end_by;        /* when a machine that was asked to end is killed, 0: it was not asked */
  int64_t give_up_at;    /* when a machine is ended that COMMAND could not enter, 0: it is not */
  int pending;           /* request that PID 1 does not listen to yet, 0: none */
};

/* requests.c */
void order(const struct launch *launch, int what);
void expect_end(struct launch *launch);
void ask_to_end(struct launch *launch, int number);
void cancel(struct launch *launch, int number);
void interrupt(struct launch *launch);
void interrupt_shell(struct launch *launch);
void ask_again(struct launch *launch);
int handle_time(struct launch *launch);

#endif
