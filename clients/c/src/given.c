/* What the manager put into the environment. */
#include <peinit/commands.h>
#include <peinit/notify.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "failure.h"
#include "integer.h"

enum { first_given = 3 };

static bool read_variable(const char *name, uint64_t most, uint64_t *value) {
  const char *text = getenv(name);
  return text != NULL && peinit_read_unsigned(peinit_text_of(text), most, value);
}

/* A variable with a process id says whose the others are; a child has inherited them. */
static bool is_ours(const char *name) {
  uint64_t pid;
  return getenv(name) == NULL || (read_variable(name, INT32_MAX, &pid) && pid == (uint64_t)getpid());
}

uint64_t peinit_watchdog_usec(void) {
  uint64_t usec;
  return is_ours(PEINIT_VARIABLE_WATCHDOG_PID) && read_variable(PEINIT_VARIABLE_WATCHDOG_USEC, UINT64_MAX, &usec) ? usec : 0;
}

/* The text up to the next colon, which it goes on behind. */
static peinit_text next_name(struct peinit_arena *arena, const char **names) {
  size_t length = strcspn(*names, ":");
  char *bytes = peinit_arena_take(arena, length + 1);
  if (bytes != NULL) memcpy(bytes, *names, length);
  *names += length + ((*names)[length] == ':' ? 1 : 0);
  return (peinit_text){bytes, length};
}

peinit_given_fds *peinit_take_fds(peinit_error **error) {
  uint64_t count = 0;
  bool is_told = getenv(PEINIT_VARIABLE_LISTEN_PID) != NULL && is_ours(PEINIT_VARIABLE_LISTEN_PID);
  if (!is_told || !read_variable(PEINIT_VARIABLE_LISTEN_FDS, INT32_MAX - first_given, &count)) count = 0;
  for (uint64_t i = 0; i < count; i++) {
    int fd = first_given + (int)i;
    int flags = fcntl(fd, F_GETFD);
    if (flags >= 0 && fcntl(fd, F_SETFD, flags | FD_CLOEXEC) >= 0) continue;
    peinit_fail(error, PEINIT_ERROR_SYSTEM, errno, "LISTEN_FDS says %llu descriptors, but %d is none", (unsigned long long)count, fd);
    return NULL;
  }
  struct peinit_arena *arena = peinit_arena_make(sizeof(peinit_given_fds) + 64);
  peinit_given_fds *given = arena == NULL ? NULL : peinit_arena_take_root(arena, sizeof *given);
  peinit_given_fd *items = given == NULL ? NULL : peinit_arena_take_array(arena, count, sizeof *items);
  bool is_whole = items != NULL;
  const char *names = getenv(PEINIT_VARIABLE_LISTEN_FDNAMES);
  if (names == NULL) names = "";
  for (size_t i = 0; i < count && is_whole; i++) {
    items[i] = (peinit_given_fd){first_given + (int)i, next_name(arena, &names)};
    is_whole = items[i].name.bytes != NULL;
  }
  if (!is_whole) {
    peinit_arena_end(arena);
    peinit_fail_memory(error);
    return NULL;
  }
  given->count = count;
  given->items = items;
  return given;
}
