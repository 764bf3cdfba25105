/* What the functions for each command stand on. */
#ifndef PEINIT_EXCHANGE_H
#define PEINIT_EXCHANGE_H

#include "describe.h"

peinit_call *peinit_send(peinit_connection *connection, const struct peinit_method *method, const void *request, peinit_error **error);
bool peinit_await(peinit_call *call, const struct peinit_method *method, int timeout_ms, void **answer, peinit_error **error);
bool peinit_ask(peinit_connection *connection, const struct peinit_method *method, const void *request, void **answer,
                peinit_error **error);
/* `answer` may be NULL. */
peinit_stream *peinit_open_stream(peinit_connection *connection, const struct peinit_method *method, const void *request, void **answer,
                                  peinit_error **error);
peinit_taken peinit_take(peinit_stream *stream, const struct peinit_method *method, int timeout_ms, void **line, peinit_error **error);

#endif
