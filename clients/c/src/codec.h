/* Between JSON and the structs of the schema, by what the tables say of them. */
#ifndef PEINIT_CODEC_H
#define PEINIT_CODEC_H

#include "describe.h"
#include "failure.h"
#include "json.h"

/*
 * Fills a struct, whose texts are those of the JSON, so both stand in the same arena. Unknown members are passed over, unknown values of
 * enums, forms of unions and events are kept as they are; anything else that is not as the schema says is a protocol error.
 */
bool peinit_decode(struct peinit_arena *arena, const struct peinit_message *message, const peinit_json *json, void *value,
                   peinit_error **error);

/* Adds the members of an object, each with a comma in front unless `is_first`. A member that is missing is an error of usage. */
bool peinit_encode_members(struct peinit_buffer *buffer, const struct peinit_message *message, const void *value, bool is_first,
                           peinit_error **error);

/* Adds the whole of it. */
bool peinit_encode(struct peinit_buffer *buffer, const struct peinit_message *message, const void *value, peinit_error **error);

/* Of an element of a list. */
size_t peinit_element_size(const struct peinit_field *field);

#endif
