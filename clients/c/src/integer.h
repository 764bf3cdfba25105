/* Whole numbers from the digits that they are written with: exact, and never beyond what holds them. */
#ifndef PEINIT_INTEGER_H
#define PEINIT_INTEGER_H

#include <peinit/base.h>

/* Digits only, without a needless 0 in front. */
static inline bool peinit_read_unsigned(peinit_text text, uint64_t most, uint64_t *value) {
  uint64_t read = 0;
  if (text.length == 0 || (text.length > 1 && text.bytes[0] == '0')) return false;
  for (size_t i = 0; i < text.length; i++) {
    if (text.bytes[i] < '0' || text.bytes[i] > '9') return false;
    uint64_t digit = (uint64_t)(text.bytes[i] - '0');
    if (read > (most - digit) / 10 || digit > most) return false;
    read = 10 * read + digit;
  }
  *value = read;
  return true;
}

static inline bool peinit_read_signed(peinit_text text, int64_t least, int64_t most, int64_t *value) {
  uint64_t size;
  bool is_negative = text.length > 0 && text.bytes[0] == '-';
  if (!is_negative) {
    if (!peinit_read_unsigned(text, (uint64_t)most, &size)) return false;
    *value = (int64_t)size;
    return true;
  }
  peinit_text rest = {text.bytes + 1, text.length - 1};
  uint64_t lowest = least == INT64_MIN ? (uint64_t)INT64_MAX + 1 : (uint64_t)-least;
  if (!peinit_read_unsigned(rest, lowest, &size)) return false;
  *value = size == (uint64_t)INT64_MAX + 1 ? INT64_MIN : -(int64_t)size;
  return true;
}

#endif
