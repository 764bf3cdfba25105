#include "joined.h"

/* Of all parts of one answer; whoever wants more asks for parts of the tree. */
static const size_t longest = (size_t)1 << 30;

static peinit_text text_at(const unsigned char *at) {
  peinit_text text;
  memcpy(&text, at, sizeof text);
  return text;
}

static bool reserve(struct peinit_joined *joined, size_t size, size_t more) {
  if (more <= joined->capacity - joined->count) return true;
  size_t capacity = joined->capacity < 64 ? 64 : joined->capacity;
  while (capacity - joined->count < more) {
    if (capacity > SIZE_MAX / 4 / size) return false;
    capacity *= 2;
  }
  unsigned char *items = peinit_reallocate(joined->items, capacity * size);
  if (items == NULL) return false;
  joined->items = items;
  joined->capacity = capacity;
  return true;
}

/* The inner list of the last element goes on with that of the next. */
static bool go_on(struct peinit_joined *joined, const struct peinit_method *method, unsigned char *last, const unsigned char *next) {
  struct peinit_any_list one;
  struct peinit_any_list other;
  memcpy(&one, last + method->inner, sizeof one);
  memcpy(&other, next + method->inner, sizeof other);
  if (one.count > SIZE_MAX - other.count) return false;
  unsigned char *items = peinit_arena_take_array(joined->arena, one.count + other.count, method->inner_size);
  if (items == NULL) return false;
  if (one.count > 0) memcpy(items, one.items, one.count * method->inner_size);
  if (other.count > 0) memcpy(items + one.count * method->inner_size, other.items, other.count * method->inner_size);
  struct peinit_any_list both = {items, one.count + other.count};
  memcpy(last + method->inner, &both, sizeof both);
  return true;
}

static bool add(struct peinit_joined *joined, const struct peinit_method *method, struct peinit_any_list part) {
  size_t size = method->element->size;
  const unsigned char *items = part.items;
  size_t from = 0;
  if (part.count > 0 && joined->count > 0) {
    unsigned char *last = joined->items + (joined->count - 1) * size;
    peinit_text one = text_at(last + method->key);
    peinit_text other = text_at(items + method->key);
    if (one.length == other.length && memcmp(one.bytes, other.bytes, one.length) == 0) {
      if (!go_on(joined, method, last, items)) return false;
      from = 1;
    }
  }
  if (!reserve(joined, size, part.count - from)) return false;
  if (part.count > from) memcpy(joined->items + joined->count * size, items + from * size, (part.count - from) * size);
  joined->count += part.count - from;
  return true;
}

bool peinit_join(struct peinit_joined *joined, const struct peinit_method *method, const char *bytes, size_t length, bool *is_last,
                 peinit_error **error) {
  if (length > longest - joined->size)
    return peinit_fail(error, PEINIT_ERROR_PROTOCOL, 0, "the answer to %s is longer than %zu bytes; ask for less", method->name, longest);
  joined->size += length;
  if (joined->arena == NULL) {
    joined->arena = peinit_arena_make(2 * length);
    if (joined->arena == NULL) return peinit_fail_memory(error);
    joined->answer = peinit_arena_take_root(joined->arena, method->answer->size);
  }
  unsigned char *part = peinit_arena_take(joined->arena, method->answer->size);
  const char *fault = NULL;
  const peinit_json *json = part == NULL ? NULL : peinit_json_parse(joined->arena, bytes, length, &fault);
  if (joined->answer == NULL || json == NULL) return peinit_fail_memory(error);
  if (!peinit_decode(joined->arena, method->answer, json, part, error)) return false;
  struct peinit_any_list list;
  memcpy(&list, part + method->list, sizeof list);
  if (!add(joined, method, list)) return peinit_fail_memory(error);
  *is_last = !*(const bool *)(part + method->more);
  if (!*is_last) return true;
  size_t size = method->element->size;
  unsigned char *items = peinit_arena_take_array(joined->arena, joined->count, size);
  if (items == NULL) return peinit_fail_memory(error);
  if (joined->count > 0) memcpy(items, joined->items, joined->count * size);
  memcpy(joined->answer, part, method->answer->size);
  list = (struct peinit_any_list){items, joined->count};
  memcpy(joined->answer + method->list, &list, sizeof list);
  return true;
}

void peinit_joined_end(struct peinit_joined *joined) {
  peinit_release(joined->items);
  peinit_arena_end(joined->arena);
  memset(joined, 0, sizeof *joined);
}
