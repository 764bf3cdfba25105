/* How errors are made. Each function leaves *error alone where error is NULL, and gives false. */
#ifndef PEINIT_FAILURE_H
#define PEINIT_FAILURE_H

#include "memory.h"

#define PEINIT_FORMAT(at) __attribute__((format(printf, at, at + 1)))

bool peinit_fail(peinit_error **error, peinit_error_kind kind, int system_error, const char *format, ...) PEINIT_FORMAT(4);
bool peinit_fail_memory(peinit_error **error);
/* What stands at a member is not what should. */
bool peinit_fail_member(peinit_error **error, const char *member, const char *expected, const char *received);
/* A daemon refused it. */
bool peinit_fail_refused(peinit_error **error, int code, peinit_text code_name, peinit_text message);
/* The same error once more. */
bool peinit_fail_again(peinit_error **error, const peinit_error *first);

#endif
