/* Lines: what services write is read and looked through here, and made JSON, because it is done for every byte of it. */
#include "shim.h"

#include <string.h>
#include <unistd.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { FOUND_LINES, FOUND_FIRST, FOUND_END, FOUND_LONGEST, FOUND_LENGTH, CHUNK = 64 };

static bool lies_in(struct span bytes, int64_t from, int64_t to) {
  return from >= 0 && from <= to && (uint64_t)to <= bytes.length && to <= INT32_MAX;
}

/* Which of 64 bytes are newlines, the first one in the lowest bit. */
static inline uint64_t newlines_in(const uint8_t *chunk) {
  uint64_t found = 0;
#ifdef __SSE2__
  const __m128i newline = _mm_set1_epi8('\n');
  for (int i = 0; i < CHUNK; i += 16) {
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(chunk + i));
    found |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, newline)) << i;
  }
#else
  for (int i = 0; i < CHUNK; i++) found |= (uint64_t)(chunk[i] == '\n') << i;
#endif
  return found;
}

/*
 * What lies between `from` and `to`: how many newlines; with one or more also where the first is, where the last line ends, and the length
 * of the longest line behind the first.
 */
static void find_lines(const uint8_t *bytes, int32_t from, int32_t to, int32_t found[FOUND_LENGTH]) {
  int32_t lines = 0, first = 0, end = from, longest = 0;
  for (int32_t at = from; at < to; at += CHUNK) {
    const bool is_whole = to - at >= CHUNK;
    uint8_t rest[CHUNK] = {0};
    if (!is_whole) memcpy(rest, bytes + at, (size_t)(to - at));
    for (uint64_t left = newlines_in(is_whole ? bytes + at : rest); left != 0; left &= left - 1) {
      const int32_t newline = at + __builtin_ctzll(left);
      if (lines++ == 0) first = newline;
      else if (newline - end > longest) longest = newline - end;
      end = newline + 1;
    }
  }
  found[FOUND_LINES] = lines;
  if (lines == 0) return;
  found[FOUND_FIRST] = first;
  found[FOUND_END] = end;
  found[FOUND_LONGEST] = longest;
}

/*
 * readLines(fd, into, at, most, found: Int32Array): reads at most so many bytes into `into` from `at` on, and tells in `found` what lines
 * they are. Bytes read, 0 at end of file, -errno.
 */
static napi_value read_lines(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const struct span into = call_bytes(&call, 1), found = call_bytes(&call, 4);
  const int64_t at = call_long(&call, 2), most = call_long(&call, 3);
  if (most < 0 || most > INT32_MAX || !lies_in(into, at, at + most) || found.length < FOUND_LENGTH * sizeof(int32_t))
    return give_number(env, -EINVAL);
  const ssize_t length = read(call_int(&call, 0), into.data + at, (size_t)most);
  if (length < 0) return give_number(env, -errno);
  find_lines(into.data, (int32_t)at, (int32_t)(at + length), (int32_t *)(void *)found.data);
  return give_number(env, length);
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
  static const struct export list[] = {{"readLines", read_lines}, {"jsonLines", json_lines}};
  DEFINE_EXPORTS(env, exports, list);
}
