/* Lines of text in memory. No system calls: this is here because it is done for every byte that a service writes. */
#include "shim.h"

#include <string.h>

enum { FOUND_FIRST, FOUND_END, FOUND_LONGEST, FOUND_LENGTH };

static bool lies_in(struct span bytes, int64_t from, int64_t to) {
  return from >= 0 && from <= to && (uint64_t)to <= bytes.length && to <= INT32_MAX;
}

/*
 * scanLines(bytes, from, to, found: Int32Array): how many newlines there are. With one or more `found` has where the first one is, where
 * the last line ends, and the length of the longest line behind the first.
 */
static napi_value scan_lines(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const struct span bytes = call_bytes(&call, 0), found = call_bytes(&call, 3);
  const int64_t from = call_long(&call, 1), to = call_long(&call, 2);
  if (!lies_in(bytes, from, to) || found.length < FOUND_LENGTH * sizeof(int32_t)) return give_number(env, -EINVAL);
  const uint8_t *const end = bytes.data + to;
  const uint8_t *line = bytes.data + from;
  const uint8_t *newline = from == to ? NULL : memchr(line, '\n', (size_t)(end - line));
  if (newline == NULL) return give_number(env, 0);
  int32_t *const into = (int32_t *)(void *)found.data;
  into[FOUND_FIRST] = (int32_t)(newline - bytes.data);
  int64_t count = 1;
  ptrdiff_t longest = 0;
  for (line = newline + 1; line < end && (newline = memchr(line, '\n', (size_t)(end - line))) != NULL; line = newline + 1) {
    count++;
    if (newline - line > longest) longest = newline - line;
  }
  into[FOUND_END] = (int32_t)(line - bytes.data);
  into[FOUND_LONGEST] = (int32_t)longest;
  return give_number(env, count);
}

/* Where text goes: what has no room is left out, and makes all of it void. */
struct sink {
  uint8_t *at, *end;
  bool full;
};

static inline void put(struct sink *sink, const void *data, size_t length) {
  if ((size_t)(sink->end - sink->at) < length) {
    sink->full = true;
    return;
  }
  memcpy(sink->at, data, length);
  sink->at += length;
}

typedef uint8_t block __attribute__((vector_size(16)));

/* Whether JSON has these bytes as they are. */
static inline bool is_plain(const uint8_t *text) {
  block bytes;
  memcpy(&bytes, text, sizeof bytes);
  const block others = (block)((bytes < ' ') | (bytes == '"') | (bytes == '\\') | (bytes >= 0x80));
  uint64_t halves[2];
  memcpy(halves, &others, sizeof halves);
  return (halves[0] | halves[1]) == 0;
}

static inline bool is_plain_byte(uint8_t byte) { return byte >= ' ' && byte < 0x80 && byte != '"' && byte != '\\'; }

static void put_escaped(struct sink *sink, uint8_t byte) {
  static const char hex[] = "0123456789abcdef";
  char text[6] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
  switch (byte) {
  case '"':
  case '\\': text[1] = (char)byte; break;
  case '\b': text[1] = 'b'; break;
  case '\f': text[1] = 'f'; break;
  case '\n': text[1] = 'n'; break;
  case '\r': text[1] = 'r'; break;
  case '\t': text[1] = 't'; break;
  default: put(sink, text, sizeof text); return;
  }
  put(sink, text, 2);
}

/*
 * Bytes of the UTF-8 sequence that begins there, or less than zero: so many bytes begin one that does not go on, and become one U+FFFD
 * together, as in every decoder that follows the Encoding Standard.
 */
static int sequence(const uint8_t *text, size_t left) {
  const uint8_t lead = text[0];
  if (lead < 0xc2 || lead > 0xf4) return -1;
  const int length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  uint8_t least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  uint8_t most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  for (int i = 1; i < length; i++) {
    if ((size_t)i >= left || text[i] < least || text[i] > most) return -i;
    least = 0x80;
    most = 0xbf;
  }
  return length;
}

/* Whether the text was all UTF-8. */
static bool put_text(struct sink *sink, const uint8_t *text, const uint8_t *end) {
  bool exact = true;
  while (text < end && !sink->full) {
    const uint8_t *plain = text;
    while (end - plain >= (ptrdiff_t)sizeof(block) && is_plain(plain)) plain += sizeof(block);
    while (plain < end && is_plain_byte(*plain)) plain++;
    put(sink, text, (size_t)(plain - text));
    text = plain;
    if (text == end) break;
    if (*text < 0x80) {
      put_escaped(sink, *text++);
      continue;
    }
    const int length = sequence(text, (size_t)(end - text));
    if (length > 0) put(sink, text, (size_t)length);
    else put(sink, "\xef\xbf\xbd", 3);
    if (length < 0) exact = false;
    text += length > 0 ? length : -length;
  }
  return exact;
}

/*
 * jsonLines(into, at, bytes, from, to, before, after, inexact: Int32Array): each of the lines as a JSON string between `before` and
 * `after`, with commas between them, into `into` from `at` on. Bytes written, or -ENOSPC; `inexact` has how many of the lines are not all
 * UTF-8.
 */
static napi_value json_lines(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const struct span into = call_bytes(&call, 0), bytes = call_bytes(&call, 2), inexact = call_bytes(&call, 7);
  const int64_t at = call_long(&call, 1), from = call_long(&call, 3), to = call_long(&call, 4);
  if (!lies_in(bytes, from, to) || !lies_in(into, at, (int64_t)into.length) || inexact.length < sizeof(int32_t))
    return give_number(env, -EINVAL);
  struct text before, after;
  if (call_text(&call, 5, &before) < 0) return give_number(env, -ENOMEM);
  if (call_text(&call, 6, &after) < 0) {
    text_close(&before);
    return give_number(env, -ENOMEM);
  }
  struct sink sink = {into.data + at, into.data + into.length, false};
  int32_t count = 0;
  const uint8_t *const end = bytes.data + to;
  for (const uint8_t *line = bytes.data + from; line < end && !sink.full;) {
    const uint8_t *newline = memchr(line, '\n', (size_t)(end - line));
    if (newline == NULL) newline = end;
    if (line > bytes.data + from) put(&sink, ",", 1);
    put(&sink, before.data, before.length);
    put(&sink, "\"", 1);
    if (!put_text(&sink, line, newline)) count++;
    put(&sink, "\"", 1);
    put(&sink, after.data, after.length);
    line = newline + 1;
  }
  text_close(&before);
  text_close(&after);
  if (sink.full) return give_number(env, -ENOSPC);
  *(int32_t *)(void *)inexact.data = count;
  return give_number(env, sink.at - (into.data + at));
}

void define_lines(napi_env env, napi_value exports) {
  static const struct export list[] = {{"scanLines", scan_lines}, {"jsonLines", json_lines}};
  DEFINE_EXPORTS(env, exports, list);
}
