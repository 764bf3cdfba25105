#include <stdio.h>

#include "codec.h"
#include "integer.h"

/* Where something stands: what is around it, and its name or place in a list. */
struct place {
  const struct place *around;
  const char *name;
  size_t index;
};

struct decoder {
  struct peinit_arena *arena;
  peinit_error **error;
};

static size_t write_place(char *text, size_t size, const struct place *place) {
  if (place == NULL) return 0;
  size_t at = write_place(text, size, place->around);
  if (at >= size) return at;
  int added = place->name == NULL ? snprintf(text + at, size - at, "[%zu]", place->index)
                                  : snprintf(text + at, size - at, "%s%s", at == 0 ? "" : ".", place->name);
  return added < 0 ? at : at + (size_t)added;
}

static bool wrong(const struct decoder *decoder, const struct place *place, const char *expected, const peinit_json *json) {
  char member[512] = "";
  char received[128];
  write_place(member, sizeof member, place);
  static const char *const words[] = {"null", "a boolean", "the number ", "the text ", "a list", "an object"};
  if (json == NULL) snprintf(received, sizeof received, "missing");
  else if (json->kind == PEINIT_JSON_NUMBER || json->kind == PEINIT_JSON_TEXT)
    snprintf(received, sizeof received, "%s%.60s%s", words[json->kind], json->text.bytes, json->text.length > 60 ? "..." : "");
  else snprintf(received, sizeof received, "%s", words[json->kind]);
  return peinit_fail_member(decoder->error, member, expected, received);
}

static bool decode_message(const struct decoder *decoder, const struct place *place, const struct peinit_message *message,
                           const peinit_json *json, void *value);

static void decode_enum(const struct peinit_enum *of, peinit_text name, void *value) {
  struct peinit_any_enum decoded = {0, name};
  for (size_t i = 0; i < of->count && decoded.value == 0; i++)
    if (peinit_text_is(name, of->rows[i].name)) decoded.value = of->rows[i].value;
  memcpy(value, &decoded, sizeof decoded);
}

static bool decode_nested(const struct decoder *decoder, const struct place *place, const struct peinit_message *of,
                          const peinit_json *json, const void **pointer) {
  void *nested = peinit_arena_take(decoder->arena, of->size);
  if (nested == NULL) return peinit_fail_memory(decoder->error);
  *pointer = nested;
  return decode_message(decoder, place, of, json, nested);
}

static bool decode_number(const struct decoder *decoder, const struct place *place, enum peinit_type type, const peinit_json *json,
                          void *value) {
  bool is_number = json->kind == PEINIT_JSON_NUMBER;
  int64_t number;
  uint64_t natural;
  switch (type) {
    case PEINIT_TYPE_INT32:
      if (!is_number || !peinit_read_signed(json->text, INT32_MIN, INT32_MAX, &number))
        return wrong(decoder, place, "a whole number of 32 bits", json);
      memcpy(value, &(int32_t){(int32_t)number}, sizeof(int32_t));
      return true;
    case PEINIT_TYPE_UINT32:
      if (!is_number || !peinit_read_unsigned(json->text, UINT32_MAX, &natural))
        return wrong(decoder, place, "a whole number of 32 bits from 0 on", json);
      memcpy(value, &(uint32_t){(uint32_t)natural}, sizeof(uint32_t));
      return true;
    case PEINIT_TYPE_INT64:
      if (!is_number || !peinit_read_signed(json->text, INT64_MIN, INT64_MAX, &number))
        return wrong(decoder, place, "a whole number of 64 bits", json);
      memcpy(value, &number, sizeof number);
      return true;
    case PEINIT_TYPE_UINT64:
      if (!is_number || !peinit_read_unsigned(json->text, UINT64_MAX, &natural))
        return wrong(decoder, place, "a whole number of 64 bits from 0 on", json);
      memcpy(value, &natural, sizeof natural);
      return true;
    default:
      if (json->kind != PEINIT_JSON_TEXT || !peinit_read_unsigned(json->text, UINT64_MAX, &natural))
        return wrong(decoder, place, "a text with a whole number of 64 bits", json);
      memcpy(value, &natural, sizeof natural);
      return true;
  }
}

/* `inside`: it is an element of a list, which holds what a member only points at. */
static bool decode_value(const struct decoder *decoder, const struct place *place, const struct peinit_field *field, bool inside,
                         const peinit_json *json, void *value) {
  switch (field->type) {
    case PEINIT_TYPE_BOOLEAN:
      if (json->kind != PEINIT_JSON_BOOLEAN) return wrong(decoder, place, "a boolean", json);
      memcpy(value, &json->boolean, sizeof(bool));
      return true;
    case PEINIT_TYPE_TEXT:
      if (json->kind != PEINIT_JSON_TEXT) return wrong(decoder, place, "a text", json);
      memcpy(value, &json->text, sizeof(peinit_text));
      return true;
    case PEINIT_TYPE_ENUM:
      if (json->kind != PEINIT_JSON_TEXT) return wrong(decoder, place, "a text", json);
      decode_enum(field->of, json->text, value);
      return true;
    case PEINIT_TYPE_MESSAGE: {
      if (inside) return decode_message(decoder, place, field->of, json, value);
      const void *nested = NULL;
      if (!decode_nested(decoder, place, field->of, json, &nested)) return false;
      memcpy(value, &nested, sizeof nested);
      return true;
    }
    case PEINIT_TYPE_JSON_OBJECT:
      if (json->kind != PEINIT_JSON_OBJECT) return wrong(decoder, place, "an object", json);
      /* fall through */
    case PEINIT_TYPE_JSON:
      if (inside) memcpy(value, json, sizeof *json);
      else memcpy(value, &json, sizeof json);
      return true;
    default: return decode_number(decoder, place, field->type, json, value);
  }
}

size_t peinit_element_size(const struct peinit_field *field) {
  switch (field->type) {
    case PEINIT_TYPE_BOOLEAN: return sizeof(bool);
    case PEINIT_TYPE_INT32:
    case PEINIT_TYPE_UINT32: return sizeof(uint32_t);
    case PEINIT_TYPE_TEXT: return sizeof(peinit_text);
    case PEINIT_TYPE_ENUM: return sizeof(struct peinit_any_enum);
    case PEINIT_TYPE_MESSAGE: return ((const struct peinit_message *)field->of)->size;
    case PEINIT_TYPE_JSON:
    case PEINIT_TYPE_JSON_OBJECT: return sizeof(peinit_json);
    default: return sizeof(uint64_t);
  }
}

static bool decode_list(const struct decoder *decoder, const struct place *place, const struct peinit_field *field, const peinit_json *json,
                        void *value) {
  if (json->kind != PEINIT_JSON_LIST) return wrong(decoder, place, "a list", json);
  size_t size = peinit_element_size(field);
  unsigned char *items = peinit_arena_take_array(decoder->arena, json->count, size);
  if (items == NULL) return peinit_fail_memory(decoder->error);
  for (size_t i = 0; i < json->count; i++) {
    const struct place inner = {place, NULL, i};
    const peinit_json *element = &json->items[i];
    if (field->has_null_elements && element->kind == PEINIT_JSON_NULL) continue;
    if (!decode_value(decoder, &inner, field, true, element, items + i * size)) return false;
  }
  struct peinit_any_list list = {items, json->count};
  memcpy(value, &list, sizeof list);
  return true;
}

/* The name of the event stands beside it. */
static bool decode_event(const struct decoder *decoder, const struct place *place, const struct peinit_field *field,
                         const peinit_json *object, const peinit_json *json, unsigned char *value) {
  peinit_text name = {NULL, 0};
  memcpy(&name, value + field->flag, sizeof name);
  if (json->kind != PEINIT_JSON_OBJECT) return wrong(decoder, place, "an object", json);
  if (name.bytes == NULL) return wrong(decoder, place, "left out without the name of an event", object);
  struct peinit_any_union event = {0, json, NULL};
  for (size_t i = 0; i < peinit_event_count && event.kind == 0; i++) {
    if (!peinit_text_is(name, peinit_events[i].name)) continue;
    event.kind = peinit_events[i].kind;
    if (!decode_nested(decoder, place, peinit_events[i].message, json, &event.form)) return false;
  }
  memcpy(value + field->offset, &event, sizeof event);
  return true;
}

static bool is_absent(const struct peinit_field *field, const peinit_json *json) {
  if (json == NULL) return field->form == PEINIT_FORM_OPTIONAL || field->form == PEINIT_FORM_LENIENT;
  return json->kind == PEINIT_JSON_NULL && (field->form == PEINIT_FORM_NULLABLE || field->form == PEINIT_FORM_LENIENT);
}

static bool decode_field(const struct decoder *decoder, const struct place *around, const struct peinit_field *field,
                         const peinit_json *object, const peinit_json *json, unsigned char *value) {
  const struct place place = {around, field->name, 0};
  if (is_absent(field, json)) return true;
  static const char *const words[] = {"a boolean", "a number", "a number", "a number", "a number", "a text",
                                      "a text",    "a text",   "there",    "there",    "an object", "an object"};
  if (json == NULL) return wrong(decoder, &place, field->is_list ? "a list" : words[field->type], NULL);
  if (field->type == PEINIT_TYPE_EVENT) return decode_event(decoder, &place, field, object, json, value);
  bool is_decoded = field->is_list ? decode_list(decoder, &place, field, json, value + field->offset)
                                   : decode_value(decoder, &place, field, false, json, value + field->offset);
  if (is_decoded && field->flag != 0) memcpy(value + field->flag, &(bool){true}, sizeof(bool));
  return is_decoded;
}

static bool decode_union(const struct decoder *decoder, const struct place *place, const struct peinit_message *message,
                         const peinit_json *json, void *value) {
  const struct place member = {place, message->told_by, 0};
  const peinit_json *told = peinit_json_member(json, message->told_by);
  if (told == NULL || told->kind != PEINIT_JSON_TEXT) return wrong(decoder, &member, "a text", told);
  struct peinit_any_union decoded = {0, json, NULL};
  for (size_t i = 0; i < message->count && decoded.kind == 0; i++) {
    if (!peinit_text_is(told->text, message->forms[i].name)) continue;
    decoded.kind = (int)i + 1;
    if (!decode_nested(decoder, place, message->forms[i].form, json, &decoded.form)) return false;
  }
  memcpy(value, &decoded, sizeof decoded);
  return true;
}

static bool decode_message(const struct decoder *decoder, const struct place *place, const struct peinit_message *message,
                           const peinit_json *json, void *value) {
  if (message->shape == PEINIT_SHAPE_ARRAY) {
    if (json->kind != PEINIT_JSON_LIST || json->count < message->count) return wrong(decoder, place, "a list of its members", json);
    for (size_t i = 0; i < message->count; i++)
      if (!decode_field(decoder, place, &message->fields[i], json, &json->items[i], value)) return false;
    return true;
  }
  if (json->kind != PEINIT_JSON_OBJECT) return wrong(decoder, place, "an object", json);
  if (message->shape == PEINIT_SHAPE_UNION) return decode_union(decoder, place, message, json, value);
  /* Members mostly come in the order of the schema. */
  size_t next = 0;
  const struct peinit_field *event = NULL;
  const peinit_json *content = NULL;
  for (size_t i = 0; i < message->count; i++) {
    const struct peinit_field *field = &message->fields[i];
    const peinit_json *member = NULL;
    if (next < json->count && peinit_text_is(json->items[next].name, field->name)) member = &json->items[next++];
    else {
      for (size_t at = 0; at < json->count && member == NULL; at++)
        if (peinit_text_is(json->items[at].name, field->name)) {
          member = &json->items[at];
          next = at + 1;
        }
    }
    if (field->type == PEINIT_TYPE_EVENT) {
      event = field;
      content = member;
    } else if (!decode_field(decoder, place, field, json, member, value)) return false;
  }
  /* By then its name is known, wherever it stands. */
  return event == NULL || decode_field(decoder, place, event, json, content, value);
}

bool peinit_decode(struct peinit_arena *arena, const struct peinit_message *message, const peinit_json *json, void *value,
                   peinit_error **error) {
  const struct decoder decoder = {arena, error};
  return decode_message(&decoder, NULL, message, json, value);
}
