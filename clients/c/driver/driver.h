/* A driver of the conformance suite: what its lines ask for, done by this library. */
#ifndef PEINIT_DRIVER_H
#define PEINIT_DRIVER_H

#include <peinit.h>

#include "codec.h"

/* The reply to one request. */
struct reply {
  struct peinit_buffer line;
};

void reply_done(struct reply *reply);
void reply_unsupported(struct reply *reply, const char *why);
/* The error is freed. */
void reply_error(struct reply *reply, peinit_error *error);
void reply_failed(struct reply *reply, const char *kind, const char *message);

/* Members of a request to the driver. */
peinit_text text_member(const peinit_json *request, const char *name);
int64_t number_member(const peinit_json *request, const char *name, int64_t otherwise);

/* What is asked of a daemon; false: it is nothing of that. */
bool exchange(struct peinit_arena *arena, const peinit_json *request, struct reply *reply);

/* Leaves everything. */
void forget_all(void);

/* What the main process of a service does; false: it is nothing of that. */
bool in_service(const peinit_json *request, struct reply *reply);

#endif
