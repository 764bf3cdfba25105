/* Reads a spawn request: one array of numbers, one text with all strings, one array of 64-bit numbers. spawn-request.ts writes them. */
#include "request.h"

#include <stdlib.h>
#include <string.h>

/* Positions in the array of 32-bit numbers that describes a request. */
enum {
  AT_FLAGS,
  AT_CGROUP,
  AT_STDIN,
  AT_STDOUT,
  AT_STDERR,
  AT_OOM_SCORE_ADJ,
  AT_NAMESPACES,
  AT_UID,
  AT_GID,
  AT_ARGUMENT_COUNT,
  AT_ENVIRONMENT_COUNT,
  AT_OWN_PID_COUNT,
  AT_STORED_COUNT,
  AT_GROUP_COUNT,
  AT_LIMIT_COUNT,
  AT_LISTS, /* stored descriptors, groups, resource numbers of the limits */
};

enum {
  FLAG_REMOTE = 1,
  FLAG_OOM = 2,
  FLAG_PROJECTION = 4,
  FLAG_NO_NEW_PRIVILEGES = 8,
  FLAG_TERMINAL = 16,
  FLAG_ROOT = 32,
  FLAG_GROUPS = 64,
};

/* Longest name of an own-pid variable, and room for a pid with NUL. */
enum { MAX_NAME = 256, PID_ROOM = 12 };

/* Kept between spawns: the request's text, then the pointers into it. */
static char *text_space;
static size_t text_size;
static char **pointer_space;
static size_t pointer_size;

static bool grow(void **space, size_t *size, size_t needed) {
  if (*size >= needed) return true;
  void *larger = realloc(*space, needed * 2);
  if (larger == NULL) return false;
  *space = larger;
  *size = needed * 2;
  return true;
}

/* Copies the request's text, with `spare` bytes behind it. */
static int take_text(const struct call *call, size_t index, size_t spare, size_t *length) {
  if (!grow((void **)&text_space, &text_size, 16 * 1024 + spare)) return -ENOMEM;
  napi_get_value_string_utf8(call->env, call->argument[index], text_space, text_size - spare, length);
  if (*length < text_size - spare - 4) return 0;
  size_t whole = 0;
  napi_get_value_string_utf8(call->env, call->argument[index], NULL, 0, &whole);
  if (!grow((void **)&text_space, &text_size, whole + spare + 8)) return -ENOMEM;
  napi_get_value_string_utf8(call->env, call->argument[index], text_space, text_size - spare, length);
  return 0;
}

struct reader {
  char *at;
  char *end;
  bool bad;
};

static char *next_string(struct reader *reader) {
  char *start = reader->at;
  char *stop = start < reader->end ? memchr(start, '\0', (size_t)(reader->end - start)) : NULL;
  if (stop == NULL) {
    reader->bad = true;
    return start;
  }
  reader->at = stop + 1;
  return start;
}

/* Text of a request: path, directory, arguments, environment, names of own-pid variables; each ends in NUL. */
static int read_strings(const struct call *call, const int32_t *numbers, struct child_plan *plan, struct own_pid *own_pids) {
  const size_t arguments = (size_t)numbers[AT_ARGUMENT_COUNT], environment = (size_t)numbers[AT_ENVIRONMENT_COUNT];
  const size_t own = plan->own_pid_count;
  /* Each own-pid name, "=", the digits and NUL are written anew behind the text. */
  size_t length = 0;
  const int taken = take_text(call, 1, own * (MAX_NAME + 1 + PID_ROOM), &length);
  if (taken < 0) return taken;
  if (!grow((void **)&pointer_space, &pointer_size, (arguments + environment + own + 2) * sizeof(char *))) return -ENOMEM;
  struct reader reader = {text_space, text_space + length, false};
  plan->path = next_string(&reader);
  plan->directory = next_string(&reader);
  plan->argv = pointer_space;
  char **at = pointer_space;
  for (size_t i = 0; i < arguments; i++) *at++ = next_string(&reader);
  *at++ = NULL;
  plan->envp = at;
  for (size_t i = 0; i < environment; i++) *at++ = next_string(&reader);
  char *spare = text_space + length;
  for (size_t i = 0; i < own; i++) {
    const char *name = next_string(&reader);
    const size_t name_length = reader.bad ? 0 : strlen(name);
    if (name_length > MAX_NAME) return -EINVAL;
    *at++ = spare;
    memcpy(spare, name, name_length);
    spare[name_length] = '=';
    own_pids[i].digits = spare + name_length + 1;
    own_pids[i].digits[0] = '\0';
    spare += name_length + 1 + PID_ROOM;
  }
  *at = NULL;
  /* A NUL inside one of the strings shows as text left over. */
  return reader.bad || reader.at != reader.end ? -EINVAL : 0;
}

static bool counts_fit(const int32_t *numbers, size_t length, size_t wide_length) {
  for (size_t at = AT_ARGUMENT_COUNT; at <= AT_LIMIT_COUNT; at++) {
    if (numbers[at] < 0 || numbers[at] > 1 << 20) return false;
  }
  const size_t lists = (size_t)numbers[AT_STORED_COUNT] + (size_t)numbers[AT_GROUP_COUNT] + (size_t)numbers[AT_LIMIT_COUNT];
  return AT_LISTS + lists <= length && 1 + 2 * (size_t)numbers[AT_LIMIT_COUNT] <= wide_length && numbers[AT_LIMIT_COUNT] <= MAX_LIMITS &&
         numbers[AT_OWN_PID_COUNT] <= MAX_OWN_PIDS;
}

int request_open(const struct call *call, struct request *request) {
  const struct span numbers = call_bytes(call, 0), wide = call_bytes(call, 2);
  request->numbers = (int32_t *)(void *)numbers.data;
  request->wide = (const uint64_t *)(const void *)wide.data;
  const size_t length = numbers.length / sizeof(int32_t), wide_length = wide.length / sizeof(uint64_t);
  if (numbers.data == NULL || wide.data == NULL || length < AT_LISTS) return -EINVAL;
  return counts_fit(request->numbers, length, wide_length) ? 0 : -EINVAL;
}

int request_read(const struct call *call, int null_fd, struct request *request) {
  const int32_t *numbers = request->numbers;
  const int32_t flags = numbers[AT_FLAGS];
  int32_t *stored = request->numbers + AT_LISTS;
  const uint32_t *groups = (const uint32_t *)(stored + numbers[AT_STORED_COUNT]);
  const uint32_t *resources = groups + numbers[AT_GROUP_COUNT];
  for (int32_t i = 0; i < numbers[AT_LIMIT_COUNT]; i++) {
    request->limits[i] = (struct limit){resources[i], 0, request->wide[1 + 2 * i], request->wide[2 + 2 * i]};
  }
  request->cgroup = numbers[AT_CGROUP];
  request->namespaces = (uint32_t)numbers[AT_NAMESPACES];
  request->remote = (flags & FLAG_REMOTE) != 0;
  struct child_plan *plan = &request->plan;
  *plan = (struct child_plan){
    .own_pids = request->own_pids,
    .own_pid_count = (size_t)numbers[AT_OWN_PID_COUNT],
    .stored = stored,
    .stored_count = (size_t)numbers[AT_STORED_COUNT],
    .limits = request->limits,
    .limit_count = (size_t)numbers[AT_LIMIT_COUNT],
    .groups = groups,
    .group_count = (size_t)numbers[AT_GROUP_COUNT],
    .capabilities = request->wide[0],
    .uid = (uint32_t)numbers[AT_UID],
    .gid = (uint32_t)numbers[AT_GID],
    .oom_score_adj = numbers[AT_OOM_SCORE_ADJ],
    .joins = -1,
    .error_read = -1,
    .error_write = -1,
    .sets_oom = (flags & FLAG_OOM) != 0,
    .sets_groups = (flags & FLAG_GROUPS) != 0,
    .projects = (flags & FLAG_PROJECTION) != 0,
    .no_new_privileges = (flags & FLAG_NO_NEW_PRIVILEGES) != 0,
    .is_root = (flags & FLAG_ROOT) != 0,
    .controlling_terminal = (flags & FLAG_TERMINAL) != 0,
  };
  for (int i = 0; i < 3; i++) plan->stdio[i] = numbers[AT_STDIN + i] < 0 ? null_fd : numbers[AT_STDIN + i];
  return read_strings(call, numbers, plan, request->own_pids);
}
