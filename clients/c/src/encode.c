#include <inttypes.h>
#include <stdio.h>

#include "codec.h"

static bool encode_value(struct peinit_buffer *buffer, const struct peinit_field *field, bool inside, const void *value,
                         peinit_error **error);

/* What stands at a place that a member or element has. */
static peinit_text text_at(const void *value) {
  peinit_text text;
  memcpy(&text, value, sizeof text);
  return text;
}

static const void *pointer_at(const void *value) {
  const void *pointer;
  memcpy(&pointer, value, sizeof pointer);
  return pointer;
}

static peinit_text enum_name(const struct peinit_enum *of, const void *value) {
  struct peinit_any_enum encoded;
  memcpy(&encoded, value, sizeof encoded);
  for (size_t i = 0; i < of->count; i++)
    if (encoded.value != 0 && of->rows[i].value == encoded.value) return peinit_text_of(of->rows[i].name);
  return encoded.name;
}

static bool is_there(const struct peinit_field *field, const unsigned char *value) {
  const void *at = value + field->offset;
  if (field->is_list) {
    struct peinit_any_list list;
    memcpy(&list, at, sizeof list);
    return list.items != NULL || field->form == PEINIT_FORM_REQUIRED;
  }
  switch (field->type) {
    case PEINIT_TYPE_TEXT: return text_at(at).bytes != NULL;
    case PEINIT_TYPE_ENUM: return enum_name(field->of, at).bytes != NULL;
    case PEINIT_TYPE_MESSAGE:
    case PEINIT_TYPE_JSON:
    case PEINIT_TYPE_JSON_OBJECT: return pointer_at(at) != NULL;
    case PEINIT_TYPE_EVENT: {
      struct peinit_any_union event;
      memcpy(&event, at, sizeof event);
      return event.json != NULL;
    }
    default: return field->flag == 0 || *(const bool *)(value + field->flag);
  }
}

static bool missing(const struct peinit_message *message, const struct peinit_field *field, peinit_error **error) {
  return peinit_fail(error, PEINIT_ERROR_USAGE, 0, "%s needs its member %s; set it", message->name, field->name);
}

static bool encode_number(struct peinit_buffer *buffer, enum peinit_type type, const void *value) {
  char digits[32];
  int32_t i32;
  uint32_t u32;
  int64_t i64;
  uint64_t u64;
  switch (type) {
    case PEINIT_TYPE_INT32:
      memcpy(&i32, value, sizeof i32);
      snprintf(digits, sizeof digits, "%" PRId32, i32);
      break;
    case PEINIT_TYPE_UINT32:
      memcpy(&u32, value, sizeof u32);
      snprintf(digits, sizeof digits, "%" PRIu32, u32);
      break;
    case PEINIT_TYPE_INT64:
      memcpy(&i64, value, sizeof i64);
      snprintf(digits, sizeof digits, "%" PRId64, i64);
      break;
    default:
      memcpy(&u64, value, sizeof u64);
      snprintf(digits, sizeof digits, type == PEINIT_TYPE_DECIMAL ? "\"%" PRIu64 "\"" : "%" PRIu64, u64);
  }
  peinit_buffer_add_string(buffer, digits);
  return true;
}

static bool encode_form(struct peinit_buffer *buffer, const struct peinit_message *form, const struct peinit_any_union *value,
                        peinit_error **error) {
  if (form == NULL) {
    if (value->json == NULL) return peinit_fail(error, PEINIT_ERROR_USAGE, 0, "a union has neither form nor JSON");
    peinit_json_add(buffer, value->json);
    return true;
  }
  return peinit_encode(buffer, form, value->form, error);
}

static bool encode_event(struct peinit_buffer *buffer, const void *value, peinit_error **error) {
  struct peinit_any_union event;
  memcpy(&event, value, sizeof event);
  const struct peinit_message *form = NULL;
  for (size_t i = 0; i < peinit_event_count; i++)
    if (peinit_events[i].kind == event.kind) form = peinit_events[i].message;
  return encode_form(buffer, form, &event, error);
}

static bool encode_list(struct peinit_buffer *buffer, const struct peinit_field *field, const void *value, size_t size,
                        peinit_error **error) {
  struct peinit_any_list list;
  memcpy(&list, value, sizeof list);
  peinit_buffer_add(buffer, "[", 1);
  for (size_t i = 0; i < list.count; i++) {
    const unsigned char *element = (const unsigned char *)list.items + i * size;
    if (i > 0) peinit_buffer_add(buffer, ",", 1);
    if (field->has_null_elements && field->type == PEINIT_TYPE_TEXT && text_at(element).bytes == NULL)
      peinit_buffer_add_string(buffer, "null");
    else if (!encode_value(buffer, field, true, element, error)) return false;
  }
  peinit_buffer_add(buffer, "]", 1);
  return true;
}

static bool encode_value(struct peinit_buffer *buffer, const struct peinit_field *field, bool inside, const void *value,
                         peinit_error **error) {
  switch (field->type) {
    case PEINIT_TYPE_BOOLEAN: peinit_buffer_add_string(buffer, *(const bool *)value ? "true" : "false"); return true;
    case PEINIT_TYPE_TEXT: peinit_json_add_text(buffer, text_at(value)); return true;
    case PEINIT_TYPE_ENUM: peinit_json_add_text(buffer, enum_name(field->of, value)); return true;
    case PEINIT_TYPE_MESSAGE: return peinit_encode(buffer, field->of, inside ? value : pointer_at(value), error);
    case PEINIT_TYPE_JSON:
    case PEINIT_TYPE_JSON_OBJECT: peinit_json_add(buffer, inside ? value : pointer_at(value)); return true;
    case PEINIT_TYPE_EVENT: return encode_event(buffer, value, error);
    default: return encode_number(buffer, field->type, value);
  }
}

bool peinit_encode_members(struct peinit_buffer *buffer, const struct peinit_message *message, const void *value, bool is_first,
                           peinit_error **error) {
  const unsigned char *bytes = value;
  for (size_t i = 0; i < message->count; i++) {
    const struct peinit_field *field = &message->fields[i];
    bool has_value = bytes != NULL && is_there(field, bytes);
    if (!has_value) {
      if (field->form == PEINIT_FORM_REQUIRED && !(bytes == NULL && field->is_list)) return missing(message, field, error);
      if (field->form == PEINIT_FORM_OPTIONAL || field->form == PEINIT_FORM_LENIENT) continue;
    }
    if (!is_first && message->shape != PEINIT_SHAPE_ARRAY) peinit_buffer_add(buffer, ",", 1);
    if (message->shape == PEINIT_SHAPE_ARRAY) {
      if (i > 0) peinit_buffer_add(buffer, ",", 1);
    } else {
      peinit_json_add_text(buffer, peinit_text_of(field->name));
      peinit_buffer_add(buffer, ":", 1);
    }
    is_first = false;
    if (!has_value) peinit_buffer_add_string(buffer, field->is_list ? "[]" : "null");
    else if (field->is_list) {
      if (!encode_list(buffer, field, bytes + field->offset, peinit_element_size(field), error)) return false;
    } else if (!encode_value(buffer, field, false, bytes + field->offset, error)) return false;
  }
  return true;
}

bool peinit_encode(struct peinit_buffer *buffer, const struct peinit_message *message, const void *value, peinit_error **error) {
  if (message->shape == PEINIT_SHAPE_UNION) {
    struct peinit_any_union encoded;
    memcpy(&encoded, value, sizeof encoded);
    bool is_known = encoded.kind > 0 && (size_t)encoded.kind <= message->count && encoded.form != NULL;
    if (!is_known) return encode_form(buffer, NULL, &encoded, error);
    const struct peinit_union_row *row = &message->forms[encoded.kind - 1];
    peinit_buffer_add(buffer, "{", 1);
    peinit_json_add_text(buffer, peinit_text_of(message->told_by));
    peinit_buffer_add(buffer, ":", 1);
    peinit_json_add_text(buffer, peinit_text_of(row->name));
    if (!peinit_encode_members(buffer, row->form, encoded.form, false, error)) return false;
    peinit_buffer_add(buffer, "}", 1);
    return true;
  }
  bool is_array = message->shape == PEINIT_SHAPE_ARRAY;
  peinit_buffer_add(buffer, is_array ? "[" : "{", 1);
  if (!peinit_encode_members(buffer, message, value, true, error)) return false;
  peinit_buffer_add(buffer, is_array ? "]" : "}", 1);
  return true;
}
