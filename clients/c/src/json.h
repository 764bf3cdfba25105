/* Strict reading and writing of JSON. */
#ifndef PEINIT_SRC_JSON_H
#define PEINIT_SRC_JSON_H

#include <peinit/json.h>

#include "memory.h"

/* Levels of lists and objects, the outermost included. */
#define PEINIT_JSON_MAX_DEPTH 128

/*
 * Reads one value into an arena, as what two readers could not understand differently: RFC 8259 without duplicate members, unpaired
 * surrogates, broken UTF-8 or a byte order mark. Numbers keep their digits. Where it fails, `fault` says why; NULL there: for want of
 * memory.
 */
peinit_json *peinit_json_parse(struct peinit_arena *arena, const char *bytes, size_t length, const char **fault);

/* The length of the UTF-8 sequence at a place; 0: it is none. */
size_t peinit_utf8_length(const unsigned char *at, size_t room);

void peinit_json_add(struct peinit_buffer *buffer, const peinit_json *json);
/* A text in quotes. Bytes that are no UTF-8 become U+FFFD. */
void peinit_json_add_text(struct peinit_buffer *buffer, peinit_text text);

#endif
