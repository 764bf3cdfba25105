/* Reading and making free-form JSON: data of registry values, contents of events, environments of jobs. */
#ifndef PEINIT_JSON_H
#define PEINIT_JSON_H

#include <peinit/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A member of an object; NULL: it is none, or has no such member. */
PEINIT_API const peinit_json *peinit_json_member(const peinit_json *object, const char *name);

/** The value of a whole number; false: it is none, or does not fit. */
PEINIT_API PEINIT_CHECK bool peinit_json_integer(const peinit_json *json, int64_t *value);
PEINIT_API PEINIT_CHECK bool peinit_json_unsigned(const peinit_json *json, uint64_t *value);

/** Whether it is that text. */
PEINIT_API bool peinit_json_is_text(const peinit_json *json, const char *string);

/**
 * Reads one JSON value, as strictly as a line of a socket: no duplicate members, no broken UTF-8, 128 levels at most. The result is freed
 * by peinit_free. NULL: it failed.
 */
PEINIT_API PEINIT_CHECK peinit_json *peinit_json_read(const char *bytes, size_t length, peinit_error **error);

/** Writes a value on one line; the text is freed by peinit_free on its bytes. bytes is NULL: it failed. */
PEINIT_API PEINIT_CHECK peinit_text peinit_json_write(const peinit_json *json, peinit_error **error);

/** Values to put into requests. */
static inline peinit_json peinit_json_of_text(peinit_text text) {
  peinit_json json;
  memset(&json, 0, sizeof json);
  json.kind = PEINIT_JSON_TEXT;
  json.text = text;
  return json;
}

/** `digits` as JSON writes a number, for as long as the value is used. */
static inline peinit_json peinit_json_of_number(const char *digits) {
  peinit_json json = peinit_json_of_text(peinit_text_of(digits));
  json.kind = PEINIT_JSON_NUMBER;
  return json;
}

static inline peinit_json peinit_json_of_boolean(bool boolean) {
  peinit_json json;
  memset(&json, 0, sizeof json);
  json.kind = PEINIT_JSON_BOOLEAN;
  json.boolean = boolean;
  return json;
}

static inline peinit_json peinit_json_of_list(const peinit_json *items, size_t count) {
  peinit_json json;
  memset(&json, 0, sizeof json);
  json.kind = PEINIT_JSON_LIST;
  json.items = items;
  json.count = count;
  return json;
}

/** Of members that have their names. */
static inline peinit_json peinit_json_of_object(const peinit_json *members, size_t count) {
  peinit_json json = peinit_json_of_list(members, count);
  json.kind = PEINIT_JSON_OBJECT;
  return json;
}

/** A value with the name of a member. */
static inline peinit_json peinit_json_named(const char *name, peinit_json value) {
  value.name = peinit_text_of(name);
  return value;
}

#ifdef __cplusplus
}
#endif

#endif
