/* One attempt to reach a daemon, and for how long to try. */
#ifndef PEINIT_SOCKET_H
#define PEINIT_SOCKET_H

#include "describe.h"
#include "failure.h"

/* A stream socket that does not block; -1 with errno. */
int peinit_connect(const char *path);

/* It may be otherwise a moment later: too many wait there, or nobody listens yet and that is waited for. */
bool peinit_passes(int system_error, bool is_awaited);

/* Why it cannot be reached. */
bool peinit_fail_unreachable(const struct peinit_endpoint *endpoint, const char *path, int system_error, peinit_error **error);

/* What is there does not speak the protocol. */
bool peinit_fail_foreign(const struct peinit_endpoint *endpoint, const char *path, const char *why, peinit_error **error);

/* Pauses that get longer, until it has been tried for long enough. */
struct peinit_patience {
  int length_ms;
  /* 0: it has not begun. */
  int64_t until;
  int pause_ms;
};

/* When to try again; -1: it has been tried for long enough. */
int64_t peinit_pause(struct peinit_patience *patience);

#endif
