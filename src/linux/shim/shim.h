/*
 * The native half of the kernel seam: system calls that Node has no way to make, and nothing of policy. Every function
 * exported to JavaScript follows the kernel's own convention: zero or more is the result, a negative number is -errno.
 * None of them throws for a failing system call, and none waits for anything but a local disk.
 *
 * Files: addon.c (arguments, exports), request.c, spawn.c and child.c (clone3), scan.c (processes in /proc), signals.c (handlers, reaper),
 * epoll.c (the one epoll set), files.c, input.c (the power button), closer.c (closes that may sleep), sockets.c,
 * messages.c (datagrams and passed descriptors), mounts.c, machine.c, memory.c, sealed.c, lines.c (reading lines, and making them JSON).
 */
#ifndef PEINIT_SHIM_H
#define PEINIT_SHIM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#ifndef NAPI_VERSION
#define NAPI_VERSION 8
#endif

#include <errno.h>
#include <limits.h>
#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { MAX_ARGUMENTS = 8 };

/* One call from JavaScript with its arguments. A mistyped argument reads as 0, "" or an empty span, and the system call refuses it. */
struct call {
  napi_env env;
  size_t count;
  napi_value argument[MAX_ARGUMENTS];
};

struct span {
  uint8_t *data;
  size_t length;
};

/* Text copied out of JavaScript: on the heap when it does not fit `small`. */
struct text {
  char *data;
  size_t length;
  char small[512];
};

void call_open(struct call *call, napi_env env, napi_callback_info info);
int32_t call_int(const struct call *call, size_t index);
int64_t call_long(const struct call *call, size_t index);
int64_t call_bigint(const struct call *call, size_t index);
struct span call_bytes(const struct call *call, size_t index);

/* 0 and the NUL-terminated path, or -ENAMETOOLONG, or -EINVAL for a NUL inside. */
int call_path(const struct call *call, size_t index, char path[PATH_MAX]);

/* 0 or -ENOMEM; NULs inside are kept. Release with text_close. */
int call_text(const struct call *call, size_t index, struct text *text);
void text_close(struct text *text);

napi_value give_number(napi_env env, int64_t value);
napi_value give_bigint(napi_env env, int64_t value);
napi_value give_bytes(napi_env env, const void *data, size_t length);

struct export {
  const char *name;
  napi_callback function;
};

void define_exports(napi_env env, napi_value exports, const struct export *list, size_t count);
#define DEFINE_EXPORTS(env, exports, list) define_exports((env), (exports), (list), sizeof(list) / sizeof((list)[0]))

void define_files(napi_env env, napi_value exports);
void define_input(napi_env env, napi_value exports);
void define_closer(napi_env env, napi_value exports);
void define_sockets(napi_env env, napi_value exports);
void define_messages(napi_env env, napi_value exports);
void define_spawn(napi_env env, napi_value exports);
void define_scan(napi_env env, napi_value exports);
void define_signals(napi_env env, napi_value exports);
void define_epoll(napi_env env, napi_value exports);
void define_mounts(napi_env env, napi_value exports);
void define_machine(napi_env env, napi_value exports);
void define_memory(napi_env env, napi_value exports);
void define_sealed(napi_env env, napi_value exports);
void define_lines(napi_env env, napi_value exports);
void define_write_now(napi_env env, napi_value exports);

#endif
