/* Memory: the allocator that may be exchanged, arenas that hold one thing that is handed out, and buffers that grow. */
#ifndef PEINIT_MEMORY_H
#define PEINIT_MEMORY_H

#include <peinit/base.h>

/* NULL where there is none. */
void *peinit_allocate(size_t size);
void *peinit_reallocate(void *old, size_t size);
void peinit_release(void *old);
char *peinit_copy_string(const char *string);

struct peinit_arena;

/* The first piece has room for that much. NULL where there is no memory. */
struct peinit_arena *peinit_arena_make(size_t room);
void peinit_arena_end(struct peinit_arena *arena);
/* Zeroed memory that ends with the arena. NULL where there is none. */
void *peinit_arena_take(struct peinit_arena *arena, size_t size);
void *peinit_arena_take_array(struct peinit_arena *arena, size_t count, size_t size);
/* The thing that is handed out: peinit_free of it ends the arena. */
void *peinit_arena_take_root(struct peinit_arena *arena, size_t size);

struct peinit_buffer {
  char *bytes;
  size_t length;
  size_t capacity;
  /* There was no memory; what was added since is not there. */
  bool has_failed;
};

void peinit_buffer_end(struct peinit_buffer *buffer);
/* Room for so much more behind its end. */
bool peinit_buffer_reserve(struct peinit_buffer *buffer, size_t more);
void peinit_buffer_add(struct peinit_buffer *buffer, const char *bytes, size_t length);
void peinit_buffer_add_string(struct peinit_buffer *buffer, const char *string);
/* Takes bytes from its beginning. */
void peinit_buffer_drop(struct peinit_buffer *buffer, size_t length);

#endif
