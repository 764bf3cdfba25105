/* Entry of the addon, and the way of values between JavaScript and C. */
#include "shim.h"

#include <stdlib.h>
#include <string.h>

void call_open(struct call *call, napi_env env, napi_callback_info info) {
  call->env = env;
  call->count = MAX_ARGUMENTS;
  /* Fills missing arguments with undefined. */
  napi_get_cb_info(env, info, &call->count, call->argument, NULL, NULL);
}

int32_t call_int(const struct call *call, size_t index) {
  int32_t value = 0;
  napi_get_value_int32(call->env, call->argument[index], &value);
  return value;
}

int64_t call_long(const struct call *call, size_t index) {
  int64_t value = 0;
  napi_get_value_int64(call->env, call->argument[index], &value);
  return value;
}

int64_t call_bigint(const struct call *call, size_t index) {
  int64_t value = 0;
  bool lossless = false;
  napi_get_value_bigint_int64(call->env, call->argument[index], &value, &lossless);
  return value;
}

struct span call_bytes(const struct call *call, size_t index) {
  struct span span = {NULL, 0};
  void *data = NULL;
  /* Takes every view on an ArrayBuffer and gives its length in bytes. */
  if (napi_get_buffer_info(call->env, call->argument[index], &data, &span.length) != napi_ok) return (struct span){NULL, 0};
  span.data = data;
  return span;
}

int call_path(const struct call *call, size_t index, char path[PATH_MAX]) {
  size_t length = 0;
  path[0] = '\0';
  napi_get_value_string_utf8(call->env, call->argument[index], path, PATH_MAX, &length);
  if (length >= PATH_MAX - 4) return -ENAMETOOLONG; /* N-API cuts at a character, up to three bytes early. */
  return strlen(path) == length ? 0 : -EINVAL;
}

int call_text(const struct call *call, size_t index, struct text *text) {
  text->data = text->small;
  text->length = 0;
  text->small[0] = '\0';
  napi_get_value_string_utf8(call->env, call->argument[index], text->small, sizeof text->small, &text->length);
  if (text->length < sizeof text->small - 4) return 0;
  size_t whole = 0;
  napi_get_value_string_utf8(call->env, call->argument[index], NULL, 0, &whole);
  char *heap = malloc(whole + 1);
  if (heap == NULL) return -ENOMEM;
  napi_get_value_string_utf8(call->env, call->argument[index], heap, whole + 1, &text->length);
  text->data = heap;
  return 0;
}

void text_close(struct text *text) {
  if (text->data != text->small) free(text->data);
}

napi_value give_number(napi_env env, int64_t value) {
  napi_value result = NULL;
  napi_create_int64(env, value, &result);
  return result;
}

napi_value give_bigint(napi_env env, int64_t value) {
  napi_value result = NULL;
  napi_create_bigint_int64(env, value, &result);
  return result;
}

napi_value give_bytes(napi_env env, const void *data, size_t length) {
  napi_value result = NULL;
  napi_create_buffer_copy(env, length, data, NULL, &result);
  return result;
}

void define_exports(napi_env env, napi_value exports, const struct export *list, size_t count) {
  for (size_t i = 0; i < count; i++) {
    napi_value function = NULL;
    napi_create_function(env, list[i].name, NAPI_AUTO_LENGTH, list[i].function, NULL, &function);
    napi_set_named_property(env, exports, list[i].name, function);
  }
}

NAPI_MODULE_INIT() {
  define_files(env, exports);
  define_input(env, exports);
  define_closer(env, exports);
  define_sockets(env, exports);
  define_messages(env, exports);
  define_spawn(env, exports);
  define_scan(env, exports);
  define_signals(env, exports);
  define_epoll(env, exports);
  define_mounts(env, exports);
  define_machine(env, exports);
  define_memory(env, exports);
  define_sealed(env, exports);
  define_lines(env, exports);
  define_write_now(env, exports);
  return exports;
}
