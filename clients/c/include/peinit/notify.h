/* What a service tells its manager, and what it was given by it. PSD-007 5.3. */
#ifndef PEINIT_NOTIFY_H
#define PEINIT_NOTIFY_H

#include <peinit/base.h>
#include <peinit/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What came of a notification. */
typedef enum peinit_notified {
  /** It could not be sent: the error says why. */
  PEINIT_NOTIFY_FAILED = 0,
  /** It was sent. */
  PEINIT_NOTIFIED = 1,
  /** There is no manager to tell: NOTIFY_SOCKET is not set. */
  PEINIT_NOTIFY_NOBODY = 2
} peinit_notified;

/** Sends one datagram with everything that is set, from the main process of a service. `error` may be NULL. */
PEINIT_API peinit_notified peinit_notify(const peinit_notify_notification *notification, peinit_error **error);

/** The same with descriptors, which stay open here. */
PEINIT_API peinit_notified
peinit_notify_with_fds(const peinit_notify_notification *notification, const int *fds, size_t count, peinit_error **error);

/** The service is up, or has finished its reload. */
PEINIT_API peinit_notified peinit_notify_ready(peinit_error **error);
/** The service has begun a reload; with the time of it, for managers other than peinit. */
PEINIT_API peinit_notified peinit_notify_reloading(peinit_error **error);
/** The service ends. */
PEINIT_API peinit_notified peinit_notify_stopping(peinit_error **error);
/** Another process is the main one: for managers other than peinit, which passes it over. */
PEINIT_API peinit_notified peinit_notify_mainpid(uint32_t pid, peinit_error **error);
/** What it does, for people. */
PEINIT_API peinit_notified peinit_notify_status(const char *status, peinit_error **error);
/** It is alive. */
PEINIT_API peinit_notified peinit_notify_watchdog(peinit_error **error);
/** It needs so much longer, in microseconds from now. */
PEINIT_API peinit_notified peinit_notify_extend_timeout(uint64_t usec, peinit_error **error);
/** Has descriptors kept for the next start, under a name; NULL: the manager's usual one. */
PEINIT_API peinit_notified peinit_notify_store(const char *name, const int *fds, size_t count, peinit_error **error);
/** Has those of a name dropped. */
PEINIT_API peinit_notified peinit_notify_remove(const char *name, peinit_error **error);

/** Waits until the manager has read everything that was sent before. */
PEINIT_API peinit_notified peinit_notify_barrier(int timeout_ms, peinit_error **error);

/** Interval in which this process has to tell that it is alive, in microseconds; 0: it need not. Half of it is a good pace. */
PEINIT_API uint64_t peinit_watchdog_usec(void);

/** A descriptor that was given to this process. */
typedef struct peinit_given_fd {
  int fd;
  /** Its name; empty without one. */
  peinit_text name;
} peinit_given_fd;

/** The descriptors that were given to this process. */
typedef struct peinit_given_fds {
  size_t count;
  const peinit_given_fd *items;
} peinit_given_fds;

/**
 * The descriptors that were given to this process, by LISTEN_FDS and LISTEN_FDNAMES; they close on exec from then on. None is an empty
 * list. Freed by peinit_free, which leaves them open. NULL: it failed.
 */
PEINIT_API PEINIT_CHECK peinit_given_fds *peinit_take_fds(peinit_error **error);

#ifdef __cplusplus
}
#endif

#endif
