/* What everything else stands on: text, free-form JSON, errors and memory. */
#ifndef PEINIT_BASE_H
#define PEINIT_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PEINIT_API __attribute__((visibility("default")))
#define PEINIT_CHECK __attribute__((warn_unused_result))

#ifdef __cplusplus
extern "C" {
#endif

/** Version of the library. */
#define PEINIT_VERSION "0.2.0"

/** UTF-8 with a NUL behind it that length does not count; text from a wire may hold further NULs. bytes is NULL: there is none. */
typedef struct peinit_text {
  const char *bytes;
  size_t length;
} peinit_text;

/** A string of C as a text; NULL gives none. */
static inline peinit_text peinit_text_of(const char *string) {
  peinit_text text = {string, string == NULL ? 0 : strlen(string)};
  return text;
}

/** Whether a text is exactly that string. */
static inline bool peinit_text_is(peinit_text text, const char *string) {
  return text.bytes != NULL && text.length == strlen(string) && memcmp(text.bytes, string, text.length) == 0;
}

/** What a JSON value is. */
typedef enum peinit_json_kind {
  PEINIT_JSON_NULL = 0,
  PEINIT_JSON_BOOLEAN,
  PEINIT_JSON_NUMBER,
  PEINIT_JSON_TEXT,
  PEINIT_JSON_LIST,
  PEINIT_JSON_OBJECT
} peinit_json_kind;

/** A JSON value whose form no schema says. */
typedef struct peinit_json {
  peinit_json_kind kind;
  /** Of a member of an object: what it is called. */
  peinit_text name;
  /** Of a boolean. */
  bool boolean;
  /** Of a text what it says, of a number its digits as they are written. */
  peinit_text text;
  /** Of a list its elements, of an object its members. */
  const struct peinit_json *items;
  size_t count;
} peinit_json;

/** What kind of failure an error is. */
typedef enum peinit_error_kind {
  /** The daemon refused the request: code and code_name say why. */
  PEINIT_ERROR_REFUSED = 1,
  /** Nobody could be reached, the connection ended before the answer, or there was no place for one more. */
  PEINIT_ERROR_CONNECTION,
  /** It took longer than the caller wanted to wait. */
  PEINIT_ERROR_TIMEOUT,
  /** peinit_connection_interrupt ended the wait. */
  PEINIT_ERROR_CANCELLED,
  /** What came is not what the protocol says: member, expected and received say where. */
  PEINIT_ERROR_PROTOCOL,
  /** Lines that nobody took had to be dropped. */
  PEINIT_ERROR_OVERRUN,
  /** The call itself is wrong: a member is missing, or the connection is of another socket or taken up by a stream. */
  PEINIT_ERROR_USAGE,
  /** There is no memory, or a system call failed: system_error is its errno. */
  PEINIT_ERROR_SYSTEM
} peinit_error_kind;

/** Why something failed. */
typedef struct peinit_error {
  peinit_error_kind kind;
  /** For people. */
  peinit_text message;
  /** Of a refusal: a value of the error enum of the socket, as PEINIT_CONTROL_ERROR_CODE_...; 0: one that is not known here. */
  int code;
  /** Of a refusal: the code as it came. */
  peinit_text code_name;
  /** Of a protocol error: path of the member, what should stand there and what did. */
  peinit_text member;
  peinit_text expected;
  peinit_text received;
  /** An errno, or 0. */
  int system_error;
} peinit_error;

/** Frees an answer, a line or an error with everything in it; NULL is nothing. */
PEINIT_API void peinit_free(const void *handed_out);

/**
 * Takes memory from elsewhere: a function as realloc, which frees for size 0. Before anything else is called, and for the whole process.
 * NULL: from the C library.
 */
PEINIT_API void peinit_set_allocator(void *(*reallocate)(void *old, size_t size));

/** A connection to one socket. */
typedef struct peinit_connection peinit_connection;
/** A request whose answer is to come. */
typedef struct peinit_call peinit_call;
/** Lines that follow one request. */
typedef struct peinit_stream peinit_stream;

/** What came of taking the next line of a stream. */
typedef enum peinit_taken {
  /** Nothing: the error says why. After PEINIT_ERROR_TIMEOUT, CANCELLED and OVERRUN it goes on. */
  PEINIT_TAKEN_FAILED = 0,
  /** A line. */
  PEINIT_TAKEN_LINE = 1,
  /** The stream has come to its end. */
  PEINIT_TAKEN_END = 2
} peinit_taken;

/** For as long as the connection says. */
#define PEINIT_USUAL_TIMEOUT (-1)
/** However long it takes. */
#define PEINIT_FOREVER (-2)

#ifdef __cplusplus
}
#endif

#endif
