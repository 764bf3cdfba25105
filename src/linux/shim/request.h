/* A spawn request as JavaScript hands it over. */
#ifndef PEINIT_REQUEST_H
#define PEINIT_REQUEST_H

#include "child.h"
#include "shim.h"

enum { MAX_OWN_PIDS = 8, MAX_LIMITS = 16 };

struct request {
  struct child_plan plan;
  struct own_pid own_pids[MAX_OWN_PIDS];
  struct limit limits[MAX_LIMITS];
  /* The caller's arrays; the plan points into them. */
  int32_t *numbers;
  const uint64_t *wide;
  int cgroup;
  /* CLONE_NEW flags. */
  uint32_t namespaces;
  bool remote;
};

/* 0, or -EINVAL for arrays that are too short for what they announce. */
int request_open(const struct call *call, struct request *request);

/* Fills the plan. The strings lie in memory that the next request uses again. 0, -EINVAL for strings with NULs, or -ENOMEM. */
int request_read(const struct call *call, int null_fd, struct request *request);

#endif
