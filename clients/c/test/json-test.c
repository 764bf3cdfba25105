/* JSON that must be refused, numbers at their bounds, and requests as they are written. */
#include <inttypes.h>
#include <stdio.h>

#include "codec.h"
#include "tables.h"
#include "test.h"

/* Refused, for a reason with that word. */
static bool is_refused(const char *bytes, size_t length, const char *word) {
  peinit_error *error = NULL;
  peinit_json *json = peinit_json_read(bytes, length, &error);
  bool is_so = json == NULL && error->kind == PEINIT_ERROR_PROTOCOL && strstr(error->received.bytes, word) != NULL;
  if (!is_so) printf("# %.60s: %s\n", bytes, error == NULL ? "taken" : error->message.bytes);
  peinit_free(json);
  peinit_free(error);
  return is_so;
}

static void test_refused_json(void) {
  static const struct {
    const char *text;
    const char *word;
  } rows[] = {
    {"", "does not end"},
    {" ", "does not end"},
    {"{", "name of a member"},
    {"[1", "does not end"},
    {"[1,]", "no JSON"},
    {"[1 2]", "comma"},
    {"{\"a\" 1}", "colon"},
    {"{\"a\":1,}", "name of a member"},
    {"{a:1}", "name of a member"},
    {"{\"a\":1,\"a\":2}", "twice"},
    {"{\"a\":1,\"\\u0061\":2}", "twice"},
    {"tru", "no JSON"},
    {"nulll", "follows"},
    {"1 2", "follows"},
    {"01", "begins with 0"},
    {"-", "digit"},
    {"1.", "digit"},
    {"1e", "digit"},
    {"+1", "no JSON"},
    {".5", "no JSON"},
    {"NaN", "no JSON"},
    {"\"a", "does not end"},
    {"\"a\\\"", "does not end"},
    {"\"\\x\"", "escape"},
    {"\"\\u12xy\"", "hexadecimal"},
    {"\"\\u1\"", "cut off"},
    {"\"\\ud800\"", "partner"},
    {"\"\\ud800\\u0041\"", "partner"},
    {"\"\\udc00\"", "partner"},
    {"\"\\ud800\\ud800\"", "partner"},
    {"\"\t\"", "control character"},
    {"\"\x80\"", "UTF-8"},
    {"\"\xc0\x80\"", "UTF-8"},
    {"\"\xe0\x80\x80\"", "UTF-8"},
    {"\"\xed\xa0\x80\"", "UTF-8"},
    {"\"\xf0\x80\x80\x80\"", "UTF-8"},
    {"\"\xf4\x90\x80\x80\"", "UTF-8"},
    {"\"\xf8\x88\x80\x80\x80\"", "UTF-8"},
    {"\"\xe2\x82\"", "UTF-8"},
    {"\xef\xbb\xbf{}", "no JSON"},
    {"'a'", "no JSON"},
    {"[1]/**/", "follows"},
  };
  bool all = true;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) all = is_refused(rows[i].text, strlen(rows[i].text), rows[i].word) && all;
  check(all, "text that is not exactly JSON is refused, and the reason is told");
  check(is_refused("[1,\0]", 5, "no JSON"), "a NUL outside of a text is refused");
  check(is_refused("\"a\0b\"", 5, "control character"), "a NUL that is not escaped is refused");
}

static void test_depth(void) {
  char nested[4 * PEINIT_JSON_MAX_DEPTH];
  memset(nested, '[', PEINIT_JSON_MAX_DEPTH);
  memset(nested + PEINIT_JSON_MAX_DEPTH, ']', PEINIT_JSON_MAX_DEPTH);
  peinit_json *json = peinit_json_read(nested, 2 * PEINIT_JSON_MAX_DEPTH, NULL);
  check(json != NULL, "JSON may be nested as deeply as the limit says");
  peinit_free(json);
  memset(nested, '[', sizeof nested);
  check(is_refused(nested, sizeof nested, "deeply"), "one level more is refused, however many would follow");
}

static void test_many_members(void) {
  struct peinit_buffer text = {0};
  char member[40];
  for (int i = 0; i < 5000; i++) {
    snprintf(member, sizeof member, "%c\"member%d\":%d", i == 0 ? '{' : ',', i, i);
    peinit_buffer_add_string(&text, member);
  }
  size_t whole = text.length;
  peinit_buffer_add_string(&text, "}");
  peinit_json *json = peinit_json_read(text.bytes, text.length, NULL);
  int64_t last = 0;
  check(json != NULL && json->count == 5000 && peinit_json_integer(peinit_json_member(json, "member4999"), &last) && last == 4999,
        "an object of thousands of members is read");
  peinit_free(json);
  text.length = whole;
  peinit_buffer_add_string(&text, ",\"member17\":0}");
  check(is_refused(text.bytes, text.length, "twice"), "and one that stands in it twice is found");
  peinit_buffer_end(&text);
}

static void test_round_trip(void) {
  static const char text[] =
    "{\"a\":[null,true,false,-12.5e+3,18446744073709551616,\"\\u0000\\n\\\"\\\\ \xc3\xa4\xf0\x9f\x98\x80\"],\"\":{}}";
  peinit_json *json = peinit_json_read(text, sizeof text - 1, NULL);
  peinit_text written = peinit_json_write(json, NULL);
  check(peinit_text_is(written, text), "what is read is written again in the same way, NULs and numbers of any size too");
  const peinit_json *list = peinit_json_member(json, "a");
  check(list != NULL && list->items[5].text.length == 11 && list->items[5].text.bytes[0] == '\0', "a text has its NULs and its length");
  uint64_t number;
  check(!peinit_json_unsigned(&list->items[4], &number) && !peinit_json_unsigned(&list->items[3], &number),
        "what does not fit into a number is none");
  peinit_free(written.bytes);
  peinit_free(json);
  json = peinit_json_read("\"\\ud83d\\ude00\\u00e4\\u20ac\\/\"", 28, NULL);
  check(json != NULL && peinit_json_is_text(json, "\xf0\x9f\x98\x80\xc3\xa4\xe2\x82\xac/"), "escapes are what they stand for");
  peinit_free(json);
}

static void test_integers(void) {
  static const struct {
    const char *digits;
    bool fits_signed;
    int64_t number;
    bool fits_unsigned;
    uint64_t natural;
  } rows[] = {
    {"0", true, 0, true, 0},
    {"-0", true, 0, false, 0},
    {"9223372036854775807", true, INT64_MAX, true, INT64_MAX},
    {"9223372036854775808", false, 0, true, (uint64_t)INT64_MAX + 1},
    {"-9223372036854775808", true, INT64_MIN, false, 0},
    {"-9223372036854775809", false, 0, false, 0},
    {"18446744073709551615", false, 0, true, UINT64_MAX},
    {"18446744073709551616", false, 0, false, 0},
    {"99999999999999999999999", false, 0, false, 0},
    {"9007199254740993", true, 9007199254740993, true, 9007199254740993},
    {"1.0", false, 0, false, 0},
    {"1e3", false, 0, false, 0},
  };
  bool all = true;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    peinit_json *json = peinit_json_read(rows[i].digits, strlen(rows[i].digits), NULL);
    int64_t number = 0;
    uint64_t natural = 0;
    bool is_so = peinit_json_integer(json, &number) == rows[i].fits_signed && number == rows[i].number;
    is_so = is_so && peinit_json_unsigned(json, &natural) == rows[i].fits_unsigned && natural == rows[i].natural;
    if (!is_so) printf("# %s: %" PRId64 " %" PRIu64 "\n", rows[i].digits, number, natural);
    all = all && is_so;
    peinit_free(json);
  }
  check(all, "whole numbers are exact up to the bounds of 64 bits, and none beyond");
}

/* A text of a request with bytes that are no UTF-8 must not break the line. */
static void test_bad_request_text(void) {
  struct peinit_buffer line = {0};
  peinit_json_add_text(&line, (peinit_text){"a\xff\x01\0b", 5});
  check(line.length == 19 && memcmp(line.bytes, "\"a\xef\xbf\xbd\\u0001\\u0000b\"", 19) == 0,
        "what is no UTF-8 in a text that is sent becomes the replacement character");
  peinit_buffer_end(&line);
}

static void test_missing_member(void) {
  struct peinit_buffer line = {0};
  peinit_error *error = NULL;
  const peinit_registry_set_request request = {.path = peinit_text_of("Machine"), .name = peinit_text_of("x")};
  bool is_encoded = peinit_encode(&line, &peinit_registry_set_request_table, &request, &error);
  check(!is_encoded && error->kind == PEINIT_ERROR_USAGE && strstr(error->message.bytes, "type") != NULL,
        "a request that lacks a member is refused here, and the member is named");
  peinit_free(error);
  peinit_buffer_end(&line);
}

/* What a struct says, written, and read again into another one. */
static void test_request_round_trip(void) {
  static const char expected[] =
    "{\"path\":\"Machine\\\\x\",\"name\":\"\",\"type\":\"QWORD\",\"data\":\"18446744073709551615\",\"expected_sequence\":0,\"handle\":-7}";
  const peinit_json data = peinit_json_of_text(peinit_text_of("18446744073709551615"));
  const peinit_registry_set_request request = {
    .path = peinit_text_of("Machine\\x"),
    .name = peinit_text_of(""),
    .type = {.value = PEINIT_REGISTRY_TYPE_QWORD},
    .data = &data,
    .has_expected_sequence = true,
    .has_handle = true,
    .handle = -7,
  };
  struct peinit_buffer line = {0};
  bool is_encoded = peinit_encode(&line, &peinit_registry_set_request_table, &request, NULL);
  check(is_encoded && line.length == sizeof expected - 1 && memcmp(line.bytes, expected, line.length) == 0,
        "a request has the members that are set, zero among them, and no other");
  peinit_buffer_end(&line);
}

void test_json(void) {
  test_refused_json();
  test_depth();
  test_many_members();
  test_round_trip();
  test_integers();
  test_bad_request_text();
  test_missing_member();
  test_request_round_trip();
}
