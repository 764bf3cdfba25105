/* An answer that comes in parts, put together again. */
#ifndef PEINIT_JOINED_H
#define PEINIT_JOINED_H

#include "codec.h"

struct peinit_joined {
  struct peinit_arena *arena;
  /* The answer; its list is that of what came so far. */
  unsigned char *answer;
  unsigned char *items;
  size_t count;
  size_t capacity;
  /* Bytes of the lines that came. */
  size_t size;
};

/* Takes a part, which is read into the same memory. `is_last`: no other one follows, and `answer` is whole. */
bool peinit_join(struct peinit_joined *joined, const struct peinit_method *method, const char *bytes, size_t length, bool *is_last,
                 peinit_error **error);
void peinit_joined_end(struct peinit_joined *joined);

#endif
