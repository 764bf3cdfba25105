#include "json.h"

static const char digits[] = "0123456789abcdef";

static void add_escape(struct peinit_buffer *buffer, unsigned char byte) {
  switch (byte) {
    case '"': peinit_buffer_add(buffer, "\\\"", 2); return;
    case '\\': peinit_buffer_add(buffer, "\\\\", 2); return;
    case '\n': peinit_buffer_add(buffer, "\\n", 2); return;
    case '\r': peinit_buffer_add(buffer, "\\r", 2); return;
    case '\t': peinit_buffer_add(buffer, "\\t", 2); return;
    default: {
      char escaped[6] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
      peinit_buffer_add(buffer, escaped, sizeof escaped);
    }
  }
}

void peinit_json_add_text(struct peinit_buffer *buffer, peinit_text text) {
  const unsigned char *bytes = (const unsigned char *)text.bytes;
  size_t from = 0;
  peinit_buffer_add(buffer, "\"", 1);
  for (size_t at = 0; at < text.length;) {
    unsigned char byte = bytes[at];
    size_t length = byte < 0x20 || byte == '"' || byte == '\\' ? 0 : peinit_utf8_length(bytes + at, text.length - at);
    if (length > 0) {
      at += length;
      continue;
    }
    peinit_buffer_add(buffer, text.bytes + from, at - from);
    if (byte < 0x80) add_escape(buffer, byte);
    else peinit_buffer_add(buffer, "\xef\xbf\xbd", 3);
    at++;
    from = at;
  }
  peinit_buffer_add(buffer, text.bytes + from, text.length - from);
  peinit_buffer_add(buffer, "\"", 1);
}

static void add_items(struct peinit_buffer *buffer, const peinit_json *json) {
  bool is_object = json->kind == PEINIT_JSON_OBJECT;
  peinit_buffer_add(buffer, is_object ? "{" : "[", 1);
  for (size_t i = 0; i < json->count; i++) {
    if (i > 0) peinit_buffer_add(buffer, ",", 1);
    if (is_object) {
      peinit_json_add_text(buffer, json->items[i].name);
      peinit_buffer_add(buffer, ":", 1);
    }
    peinit_json_add(buffer, &json->items[i]);
  }
  peinit_buffer_add(buffer, is_object ? "}" : "]", 1);
}

void peinit_json_add(struct peinit_buffer *buffer, const peinit_json *json) {
  switch (json->kind) {
    case PEINIT_JSON_BOOLEAN: peinit_buffer_add_string(buffer, json->boolean ? "true" : "false"); return;
    case PEINIT_JSON_NUMBER: peinit_buffer_add(buffer, json->text.bytes, json->text.length); return;
    case PEINIT_JSON_TEXT: peinit_json_add_text(buffer, json->text); return;
    case PEINIT_JSON_LIST:
    case PEINIT_JSON_OBJECT: add_items(buffer, json); return;
    case PEINIT_JSON_NULL:
    default: peinit_buffer_add_string(buffer, "null");
  }
}
