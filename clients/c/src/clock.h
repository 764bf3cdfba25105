/* Milliseconds of the monotonic clock. */
#ifndef PEINIT_CLOCK_H
#define PEINIT_CLOCK_H

#include <limits.h>
#include <stdint.h>
#include <time.h>

/* A deadline that never comes. */
#define PEINIT_NEVER INT64_MAX

static inline int64_t peinit_now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* As poll wants it. */
static inline int peinit_left_ms(int64_t deadline) {
  if (deadline == PEINIT_NEVER) return -1;
  int64_t left = deadline - peinit_now_ms();
  return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

#endif
