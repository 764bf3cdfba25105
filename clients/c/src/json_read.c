#include "json.h"

#include <stdlib.h>

struct reader {
  struct peinit_arena *arena;
  const unsigned char *at;
  const unsigned char *end;
  const char *fault;
  bool has_failed;
  /* Elements of the lists and objects that are open. */
  peinit_json *open;
  size_t open_count;
  size_t open_capacity;
};

static bool fail(struct reader *reader, const char *fault) {
  reader->has_failed = true;
  reader->fault = fault;
  return false;
}

static bool no_memory(struct reader *reader) { return fail(reader, NULL); }

static void skip_space(struct reader *reader) {
  while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) != NULL && *reader->at != '\0') reader->at++;
}

size_t peinit_utf8_length(const unsigned char *at, size_t room) {
  unsigned char first = at[0];
  if (first < 0x80) return 1;
  size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || room < length) return 0;
  for (size_t i = 1; i < length; i++)
    if ((at[i] & 0xc0) != 0x80) return 0;
  if (first == 0xe0 && at[1] < 0xa0) return 0;
  if (first == 0xed && at[1] > 0x9f) return 0;
  if (first == 0xf0 && at[1] < 0x90) return 0;
  if (first == 0xf4 && at[1] > 0x8f) return 0;
  return length;
}

static bool hex(struct reader *reader, uint32_t *unit) {
  if (reader->end - reader->at < 4) return fail(reader, "an escape is cut off");
  *unit = 0;
  for (int i = 0; i < 4; i++) {
    unsigned char digit = *reader->at++;
    if (digit >= '0' && digit <= '9') *unit = *unit * 16 + (uint32_t)(digit - '0');
    else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f') *unit = *unit * 16 + (uint32_t)((digit | 0x20) - 'a') + 10;
    else return fail(reader, "an escape has no four hexadecimal digits");
  }
  return true;
}

static char *put_utf8(char *to, uint32_t point) {
  if (point < 0x80) *to++ = (char)point;
  else if (point < 0x800) {
    *to++ = (char)(0xc0 | (point >> 6));
    *to++ = (char)(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    *to++ = (char)(0xe0 | (point >> 12));
    *to++ = (char)(0x80 | ((point >> 6) & 0x3f));
    *to++ = (char)(0x80 | (point & 0x3f));
  } else {
    *to++ = (char)(0xf0 | (point >> 18));
    *to++ = (char)(0x80 | ((point >> 12) & 0x3f));
    *to++ = (char)(0x80 | ((point >> 6) & 0x3f));
    *to++ = (char)(0x80 | (point & 0x3f));
  }
  return to;
}

/* Behind \u. An escape is never shorter than what it stands for. */
static bool unicode(struct reader *reader, char **to) {
  uint32_t point;
  if (!hex(reader, &point)) return false;
  if (point >= 0xdc00 && point <= 0xdfff) return fail(reader, "a surrogate has no partner");
  if (point >= 0xd800 && point <= 0xdbff) {
    uint32_t low;
    if (reader->end - reader->at < 2 || reader->at[0] != '\\' || reader->at[1] != 'u') return fail(reader, "a surrogate has no partner");
    reader->at += 2;
    if (!hex(reader, &low)) return false;
    if (low < 0xdc00 || low > 0xdfff) return fail(reader, "a surrogate has no partner");
    point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
  }
  *to = put_utf8(*to, point);
  return true;
}

static bool escape(struct reader *reader, char **to) {
  if (reader->at == reader->end) return fail(reader, "a string does not end");
  switch (*reader->at++) {
    case '"': *(*to)++ = '"'; return true;
    case '\\': *(*to)++ = '\\'; return true;
    case '/': *(*to)++ = '/'; return true;
    case 'b': *(*to)++ = '\b'; return true;
    case 'f': *(*to)++ = '\f'; return true;
    case 'n': *(*to)++ = '\n'; return true;
    case 'r': *(*to)++ = '\r'; return true;
    case 't': *(*to)++ = '\t'; return true;
    case 'u': return unicode(reader, to);
    default: return fail(reader, "an escape is none of JSON");
  }
}

/* The place of the quote that ends the string; NULL: there is none. */
static const unsigned char *end_of_string(const struct reader *reader) {
  for (const unsigned char *at = reader->at; at < reader->end; at++) {
    if (*at == '"') return at;
    if (*at == '\\') at++;
  }
  return NULL;
}

/* Behind its first quote. */
static bool string(struct reader *reader, peinit_text *text) {
  const unsigned char *last = end_of_string(reader);
  if (last == NULL) return fail(reader, "a string does not end");
  char *bytes = peinit_arena_take(reader->arena, (size_t)(last - reader->at) + 1);
  if (bytes == NULL) return no_memory(reader);
  char *to = bytes;
  while (reader->at < last) {
    unsigned char first = *reader->at;
    if (first == '\\') {
      reader->at++;
      if (!escape(reader, &to)) return false;
    } else if (first < 0x20) return fail(reader, "a string holds a control character");
    else {
      size_t length = peinit_utf8_length(reader->at, (size_t)(last - reader->at));
      if (length == 0) return fail(reader, "a string is not UTF-8");
      for (size_t i = 0; i < length; i++) *to++ = (char)*reader->at++;
    }
  }
  reader->at = last + 1;
  *to = '\0';
  *text = (peinit_text){bytes, (size_t)(to - bytes)};
  return true;
}

static bool is_digit(const struct reader *reader) { return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9'; }

static bool digits(struct reader *reader) {
  if (!is_digit(reader)) return fail(reader, "a number lacks a digit");
  while (is_digit(reader)) reader->at++;
  return true;
}

static bool number(struct reader *reader, peinit_text *text) {
  const unsigned char *first = reader->at;
  if (*reader->at == '-') reader->at++;
  if (reader->at < reader->end && *reader->at == '0') {
    reader->at++;
    if (is_digit(reader)) return fail(reader, "a number begins with 0");
  } else if (!digits(reader)) return false;
  if (reader->at < reader->end && *reader->at == '.') {
    reader->at++;
    if (!digits(reader)) return false;
  }
  if (reader->at < reader->end && (*reader->at == 'e' || *reader->at == 'E')) {
    reader->at++;
    if (reader->at < reader->end && (*reader->at == '+' || *reader->at == '-')) reader->at++;
    if (!digits(reader)) return false;
  }
  size_t length = (size_t)(reader->at - first);
  char *bytes = peinit_arena_take(reader->arena, length + 1);
  if (bytes == NULL) return no_memory(reader);
  memcpy(bytes, first, length);
  *text = (peinit_text){bytes, length};
  return true;
}

static bool word(struct reader *reader, const char *expected) {
  size_t length = strlen(expected);
  if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, expected, length) != 0) return fail(reader, "it is no JSON");
  reader->at += length;
  return true;
}

static bool keep(struct reader *reader, const peinit_json *element) {
  if (reader->open_count == reader->open_capacity) {
    size_t capacity = reader->open_capacity == 0 ? 64 : 2 * reader->open_capacity;
    peinit_json *open =
      capacity > SIZE_MAX / sizeof(peinit_json) ? NULL : peinit_reallocate(reader->open, capacity * sizeof(peinit_json));
    if (open == NULL) return no_memory(reader);
    reader->open = open;
    reader->open_capacity = capacity;
  }
  reader->open[reader->open_count++] = *element;
  return true;
}

static int compare_names(const void *one, const void *other) {
  const peinit_text *a = one;
  const peinit_text *b = other;
  if (a->length != b->length) return a->length < b->length ? -1 : 1;
  return memcmp(a->bytes, b->bytes, a->length);
}

/* Few members are compared with each other, many are sorted. */
static bool names_differ(struct reader *reader, const peinit_json *members, size_t count) {
  if (count <= 24) {
    for (size_t i = 1; i < count; i++)
      for (size_t j = 0; j < i; j++)
        if (compare_names(&members[i].name, &members[j].name) == 0) return fail(reader, "a member is written twice");
    return true;
  }
  peinit_text *names = peinit_allocate(count * sizeof(peinit_text));
  if (names == NULL) return no_memory(reader);
  for (size_t i = 0; i < count; i++) names[i] = members[i].name;
  qsort(names, count, sizeof(peinit_text), compare_names);
  bool differ = true;
  for (size_t i = 1; i < count && differ; i++) differ = compare_names(&names[i - 1], &names[i]) != 0;
  peinit_release(names);
  return differ || fail(reader, "a member is written twice");
}

static bool value(struct reader *reader, peinit_json *json, int depth);

/* Behind the bracket that opens it. */
static bool collection(struct reader *reader, peinit_json *json, int depth, unsigned char closing) {
  if (depth > PEINIT_JSON_MAX_DEPTH) return fail(reader, "it is nested too deeply");
  size_t mark = reader->open_count;
  skip_space(reader);
  bool is_empty = reader->at < reader->end && *reader->at == closing;
  while (!is_empty) {
    peinit_json element = {.kind = PEINIT_JSON_NULL};
    peinit_text name = {NULL, 0};
    skip_space(reader);
    if (closing == '}') {
      if (reader->at == reader->end || *reader->at != '"') return fail(reader, "an object lacks the name of a member");
      reader->at++;
      if (!string(reader, &name)) return false;
      skip_space(reader);
      if (reader->at == reader->end || *reader->at++ != ':') return fail(reader, "a member lacks its colon");
    }
    if (!value(reader, &element, depth + 1)) return false;
    element.name = name;
    if (!keep(reader, &element)) return false;
    skip_space(reader);
    if (reader->at == reader->end) return fail(reader, "it does not end");
    if (*reader->at == closing) break;
    if (*reader->at++ != ',') return fail(reader, "a comma is missing");
  }
  reader->at++;
  size_t count = reader->open_count - mark;
  peinit_json *items = peinit_arena_take_array(reader->arena, count, sizeof(peinit_json));
  if (items == NULL) return no_memory(reader);
  if (count > 0) memcpy(items, reader->open + mark, count * sizeof(peinit_json));
  reader->open_count = mark;
  json->items = items;
  json->count = count;
  return closing == ']' || names_differ(reader, items, count);
}

static bool value(struct reader *reader, peinit_json *json, int depth) {
  skip_space(reader);
  if (reader->at == reader->end) return fail(reader, "it does not end");
  switch (*reader->at) {
    case '{':
      reader->at++;
      json->kind = PEINIT_JSON_OBJECT;
      return collection(reader, json, depth, '}');
    case '[':
      reader->at++;
      json->kind = PEINIT_JSON_LIST;
      return collection(reader, json, depth, ']');
    case '"':
      reader->at++;
      json->kind = PEINIT_JSON_TEXT;
      return string(reader, &json->text);
    case 't':
      json->kind = PEINIT_JSON_BOOLEAN;
      json->boolean = true;
      return word(reader, "true");
    case 'f':
      json->kind = PEINIT_JSON_BOOLEAN;
      return word(reader, "false");
    case 'n':
      json->kind = PEINIT_JSON_NULL;
      return word(reader, "null");
    default:
      if (*reader->at != '-' && !is_digit(reader)) return fail(reader, "it is no JSON");
      json->kind = PEINIT_JSON_NUMBER;
      return number(reader, &json->text);
  }
}

peinit_json *peinit_json_parse(struct peinit_arena *arena, const char *bytes, size_t length, const char **fault) {
  struct reader reader = {.arena = arena, .at = (const unsigned char *)bytes, .end = (const unsigned char *)bytes + length};
  peinit_json *json = peinit_arena_take_root(arena, sizeof *json);
  bool is_read = json != NULL && value(&reader, json, 1);
  if (is_read) {
    skip_space(&reader);
    if (reader.at < reader.end) is_read = fail(&reader, "something follows it");
  }
  peinit_release(reader.open);
  *fault = reader.fault;
  return is_read ? json : NULL;
}
