#include "memory.h"

#include <stdlib.h>

static void *usual(void *old, size_t size) {
  if (size > 0) return realloc(old, size);
  free(old);
  return NULL;
}

static void *(*reallocate)(void *, size_t) = usual;

void peinit_set_allocator(void *(*given)(void *old, size_t size)) { reallocate = given == NULL ? usual : given; }

void *peinit_allocate(size_t size) { return reallocate(NULL, size == 0 ? 1 : size); }

void *peinit_reallocate(void *old, size_t size) { return reallocate(old, size == 0 ? 1 : size); }

void peinit_release(void *old) {
  if (old != NULL) reallocate(old, 0);
}

char *peinit_copy_string(const char *string) {
  size_t size = strlen(string) + 1;
  char *copy = peinit_allocate(size);
  if (copy != NULL) memcpy(copy, string, size);
  return copy;
}

struct piece {
  struct piece *before;
  size_t used;
  size_t room;
  _Alignas(max_align_t) unsigned char bytes[];
};

struct peinit_arena {
  struct piece *latest;
};

static struct piece *make_piece(struct piece *before, size_t room) {
  if (room > SIZE_MAX - sizeof(struct piece)) return NULL;
  struct piece *piece = peinit_allocate(sizeof(struct piece) + room);
  if (piece == NULL) return NULL;
  piece->before = before;
  piece->used = 0;
  piece->room = room;
  return piece;
}

static size_t aligned(size_t size) { return (size + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1); }

/* The arena itself stands in its first piece. */
struct peinit_arena *peinit_arena_make(size_t room) {
  size_t own = aligned(sizeof(struct peinit_arena));
  if (room > SIZE_MAX / 2) return NULL;
  struct piece *piece = make_piece(NULL, own + aligned(room));
  if (piece == NULL) return NULL;
  struct peinit_arena *arena = (struct peinit_arena *)(void *)piece->bytes;
  piece->used = own;
  arena->latest = piece;
  return arena;
}

void peinit_arena_end(struct peinit_arena *arena) {
  struct piece *piece = arena == NULL ? NULL : arena->latest;
  while (piece != NULL) {
    struct piece *before = piece->before;
    peinit_release(piece);
    piece = before;
  }
}

void *peinit_arena_take(struct peinit_arena *arena, size_t size) {
  if (size > SIZE_MAX / 4) return NULL;
  size_t needed = aligned(size == 0 ? 1 : size);
  struct piece *piece = arena->latest;
  if (needed > piece->room - piece->used) {
    size_t doubled = piece->room > SIZE_MAX / 4 ? piece->room : 2 * piece->room;
    piece = make_piece(piece, needed > doubled ? needed : doubled);
    if (piece == NULL) return NULL;
    arena->latest = piece;
  }
  void *taken = piece->bytes + piece->used;
  piece->used += needed;
  return memset(taken, 0, needed);
}

void *peinit_arena_take_array(struct peinit_arena *arena, size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size) return NULL;
  return peinit_arena_take(arena, count * size);
}

/* Stands before what is handed out. */
struct owner {
  _Alignas(max_align_t) struct peinit_arena *arena;
};

void *peinit_arena_take_root(struct peinit_arena *arena, size_t size) {
  if (size > SIZE_MAX / 4) return NULL;
  struct owner *owner = peinit_arena_take(arena, sizeof(struct owner) + size);
  if (owner == NULL) return NULL;
  owner->arena = arena;
  return owner + 1;
}

void peinit_free(const void *handed_out) {
  if (handed_out == NULL) return;
  const struct owner *owner = (const struct owner *)handed_out - 1;
  peinit_arena_end(owner->arena);
}

void peinit_buffer_end(struct peinit_buffer *buffer) {
  peinit_release(buffer->bytes);
  memset(buffer, 0, sizeof *buffer);
}

bool peinit_buffer_reserve(struct peinit_buffer *buffer, size_t more) {
  if (buffer->has_failed) return false;
  if (more <= buffer->capacity - buffer->length) return true;
  size_t capacity = buffer->capacity < 512 ? 512 : buffer->capacity;
  while (capacity - buffer->length < more && capacity < SIZE_MAX / 4) capacity *= 2;
  char *bytes = capacity - buffer->length < more ? NULL : peinit_reallocate(buffer->bytes, capacity);
  if (bytes == NULL) {
    buffer->has_failed = true;
    return false;
  }
  buffer->bytes = bytes;
  buffer->capacity = capacity;
  return true;
}

void peinit_buffer_add(struct peinit_buffer *buffer, const char *bytes, size_t length) {
  if (length == 0 || !peinit_buffer_reserve(buffer, length)) return;
  memcpy(buffer->bytes + buffer->length, bytes, length);
  buffer->length += length;
}

void peinit_buffer_add_string(struct peinit_buffer *buffer, const char *string) { peinit_buffer_add(buffer, string, strlen(string)); }

void peinit_buffer_drop(struct peinit_buffer *buffer, size_t length) {
  if (length == 0) return;
  buffer->length -= length;
  memmove(buffer->bytes, buffer->bytes + length, buffer->length);
}
