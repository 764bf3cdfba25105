#include "failure.h"
#include "integer.h"
#include "json.h"

const peinit_json *peinit_json_member(const peinit_json *object, const char *name) {
  if (object == NULL || object->kind != PEINIT_JSON_OBJECT) return NULL;
  for (size_t i = 0; i < object->count; i++)
    if (peinit_text_is(object->items[i].name, name)) return &object->items[i];
  return NULL;
}

bool peinit_json_integer(const peinit_json *json, int64_t *value) {
  return json != NULL && json->kind == PEINIT_JSON_NUMBER && peinit_read_signed(json->text, INT64_MIN, INT64_MAX, value);
}

bool peinit_json_unsigned(const peinit_json *json, uint64_t *value) {
  return json != NULL && json->kind == PEINIT_JSON_NUMBER && peinit_read_unsigned(json->text, UINT64_MAX, value);
}

bool peinit_json_is_text(const peinit_json *json, const char *string) {
  return json != NULL && json->kind == PEINIT_JSON_TEXT && peinit_text_is(json->text, string);
}

peinit_json *peinit_json_read(const char *bytes, size_t length, peinit_error **error) {
  const char *fault = NULL;
  struct peinit_arena *arena = peinit_arena_make(length + 256);
  peinit_json *json = arena == NULL ? NULL : peinit_json_parse(arena, bytes, length, &fault);
  if (json != NULL) return json;
  peinit_arena_end(arena);
  if (fault == NULL) peinit_fail_memory(error);
  else peinit_fail_member(error, "", "JSON", fault);
  return NULL;
}

peinit_text peinit_json_write(const peinit_json *json, peinit_error **error) {
  struct peinit_buffer buffer = {0};
  peinit_json_add(&buffer, json);
  struct peinit_arena *arena = buffer.has_failed ? NULL : peinit_arena_make(buffer.length + 64);
  char *bytes = arena == NULL ? NULL : peinit_arena_take_root(arena, buffer.length + 1);
  peinit_text text = {bytes, bytes == NULL ? 0 : buffer.length};
  if (bytes != NULL) memcpy(bytes, buffer.bytes, buffer.length);
  else {
    peinit_arena_end(arena);
    peinit_fail_memory(error);
  }
  peinit_buffer_end(&buffer);
  return text;
}
