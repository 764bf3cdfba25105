#include "failure.h"

#include <stdarg.h>
#include <stdio.h>

/* An error that takes no memory; nothing owns it. */
static const struct {
  _Alignas(max_align_t) void *owner;
  _Alignas(max_align_t) peinit_error error;
} no_memory = {NULL, {PEINIT_ERROR_SYSTEM, {"there is no memory", 18}, 0, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, 12}};

bool peinit_fail_memory(peinit_error **error) {
  /* peinit_error is handed out to be read and freed only. */
  if (error != NULL) *error = (peinit_error *)(uintptr_t)&no_memory.error;
  return false;
}

static peinit_text copy(struct peinit_arena *arena, peinit_text text, bool *is_whole) {
  if (text.bytes == NULL) return text;
  char *bytes = peinit_arena_take(arena, text.length + 1);
  if (bytes == NULL) {
    *is_whole = false;
    return (peinit_text){NULL, 0};
  }
  memcpy(bytes, text.bytes, text.length);
  return (peinit_text){bytes, text.length};
}

bool peinit_fail_again(peinit_error **error, const peinit_error *first) {
  if (error == NULL) return false;
  struct peinit_arena *arena = peinit_arena_make(sizeof(peinit_error) + first->message.length + 256);
  peinit_error *made = arena == NULL ? NULL : peinit_arena_take_root(arena, sizeof *made);
  bool is_whole = made != NULL;
  if (made != NULL) {
    *made = *first;
    made->message = copy(arena, first->message, &is_whole);
    made->code_name = copy(arena, first->code_name, &is_whole);
    made->member = copy(arena, first->member, &is_whole);
    made->expected = copy(arena, first->expected, &is_whole);
    made->received = copy(arena, first->received, &is_whole);
  }
  if (!is_whole) {
    peinit_arena_end(arena);
    return peinit_fail_memory(error);
  }
  *error = made;
  return false;
}

bool peinit_fail(peinit_error **error, peinit_error_kind kind, int system_error, const char *format, ...) {
  if (error == NULL) return false;
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (length < 0) length = 0;
  if ((size_t)length >= sizeof text) length = sizeof text - 1;
  text[length] = '\0';
  peinit_error made = {.kind = kind, .message = {text, (size_t)length}, .system_error = system_error};
  return peinit_fail_again(error, &made);
}

bool peinit_fail_member(peinit_error **error, const char *member, const char *expected, const char *received) {
  if (error == NULL) return false;
  char text[1024];
  int length = snprintf(text, sizeof text, "%s should be %s and is %s", member[0] == '\0' ? "the line" : member, expected, received);
  if (length < 0) length = 0;
  if ((size_t)length >= sizeof text) length = sizeof text - 1;
  peinit_error made = {
    .kind = PEINIT_ERROR_PROTOCOL,
    .message = {text, (size_t)length},
    .member = peinit_text_of(member),
    .expected = peinit_text_of(expected),
    .received = peinit_text_of(received),
  };
  return peinit_fail_again(error, &made);
}

bool peinit_fail_refused(peinit_error **error, int code, peinit_text code_name, peinit_text message) {
  peinit_error made = {.kind = PEINIT_ERROR_REFUSED, .code = code, .code_name = code_name, .message = message};
  return peinit_fail_again(error, &made);
}
