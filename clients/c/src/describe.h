/* What the printed tables say of enums, messages and calls. Readers and writers go by them and know no message. */
#ifndef PEINIT_DESCRIBE_H
#define PEINIT_DESCRIBE_H

#include <peinit/base.h>

enum peinit_type {
  PEINIT_TYPE_BOOLEAN,
  PEINIT_TYPE_INT32,
  PEINIT_TYPE_UINT32,
  PEINIT_TYPE_INT64,
  PEINIT_TYPE_UINT64,
  /* A uint64_t that is written as text. */
  PEINIT_TYPE_DECIMAL,
  PEINIT_TYPE_TEXT,
  PEINIT_TYPE_ENUM,
  PEINIT_TYPE_MESSAGE,
  PEINIT_TYPE_JSON,
  PEINIT_TYPE_JSON_OBJECT,
  /* A peinit_event; the flag is where the name of the event is. */
  PEINIT_TYPE_EVENT
};

enum peinit_form {
  PEINIT_FORM_REQUIRED,
  /* Always there, perhaps null. */
  PEINIT_FORM_NULLABLE,
  /* May be left out. */
  PEINIT_FORM_OPTIONAL,
  /* Written by clients: may be left out, and null. */
  PEINIT_FORM_LENIENT
};

enum peinit_shape { PEINIT_SHAPE_OBJECT, PEINIT_SHAPE_ARRAY, PEINIT_SHAPE_UNION };

struct peinit_enum_row {
  const char *name;
  int value;
};

struct peinit_enum {
  size_t count;
  const struct peinit_enum_row *rows;
};

struct peinit_field {
  const char *name;
  enum peinit_type type;
  enum peinit_form form;
  bool is_list;
  bool has_null_elements;
  size_t offset;
  /* Where the flag is that says whether a number is there; 0: none. */
  size_t flag;
  /* The struct peinit_enum or peinit_message. */
  const void *of;
};

struct peinit_message;

struct peinit_union_row {
  const char *name;
  const struct peinit_message *form;
};

struct peinit_message {
  const char *name;
  enum peinit_shape shape;
  size_t size;
  /* Of fields, or of forms. */
  size_t count;
  const struct peinit_field *fields;
  /* Member that tells the form. */
  const char *told_by;
  const struct peinit_union_row *forms;
};

/* How every union begins, and a peinit_event. */
struct peinit_any_union {
  int kind;
  const peinit_json *json;
  const void *form;
};

/* How every enum is. */
struct peinit_any_enum {
  int value;
  peinit_text name;
};

/* How every list is. */
struct peinit_any_list {
  const void *items;
  size_t count;
};

struct peinit_event_row {
  const char *name;
  int kind;
  const struct peinit_message *message;
};

extern const struct peinit_event_row peinit_events[];
extern const size_t peinit_event_count;

/* What comes back for a request. */
enum peinit_exchange {
  PEINIT_EXCHANGE_ANSWER,
  /* Lines of one id that are one answer. */
  PEINIT_EXCHANGE_JOINED,
  /* Lines of one id, each for itself. */
  PEINIT_EXCHANGE_PARTS,
  /* An acknowledgement, then bare lines. */
  PEINIT_EXCHANGE_LINES,
  /* An answer, then messages. */
  PEINIT_EXCHANGE_PUSHES
};

#define PEINIT_NOWHERE ((size_t)-1)

struct peinit_endpoint;

struct peinit_method {
  const char *name;
  const struct peinit_endpoint *endpoint;
  enum peinit_exchange exchange;
  const struct peinit_message *request;
  const struct peinit_message *answer;
  /* A second form of the answer, which lacks the member that is the sign of the first. */
  const struct peinit_message *other;
  const char *sign;
  /* Of what comes in parts: where the flag is that says that another one follows, and the list. */
  size_t more;
  size_t list;
  const struct peinit_message *element;
  /* Of parts that are joined: what of the elements goes on. */
  size_t key;
  size_t inner;
  size_t inner_size;
  /* What follows the answer, and the number in the answer that it carries; without a number the connection is its own. */
  const struct peinit_message *pushed;
  size_t by;
};

struct peinit_endpoint {
  const char *name;
  const char *path;
  const char *discriminator;
  const char *correlation;
  const char *outcome;
  const char *ok;
  const char *error;
  /* Member that all pushed messages have their number in; empty: there are none with one. */
  const char *pushed_by;
  bool has_bare_pushes;
  const struct peinit_message *failure;
  /* Where the failure has its code and its message. */
  size_t code;
  size_t message;
  size_t method_count;
  const struct peinit_method *const *methods;
};

extern const struct peinit_endpoint *const peinit_endpoints[];
extern const size_t peinit_endpoint_count;

struct peinit_notify_row {
  const char *key;
  /* What a flag that is set writes. */
  const char *value;
  enum peinit_type type;
  size_t offset;
  size_t flag;
};

extern const struct peinit_notify_row peinit_notify_rows[];
extern const size_t peinit_notify_row_count;

#endif
