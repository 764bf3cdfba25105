/* Requests on standard input, or on the Unix socket of --connect PATH; a line back for each, in order. */
#include "driver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

peinit_text text_member(const peinit_json *request, const char *name) {
  const peinit_json *member = peinit_json_member(request, name);
  return member != NULL && member->kind == PEINIT_JSON_TEXT ? member->text : (peinit_text){"", 0};
}

int64_t number_member(const peinit_json *request, const char *name, int64_t otherwise) {
  int64_t number;
  return peinit_json_integer(peinit_json_member(request, name), &number) ? number : otherwise;
}

void reply_done(struct reply *reply) { peinit_buffer_add_string(&reply->line, "{\"done\":true}"); }

void reply_unsupported(struct reply *reply, const char *why) {
  peinit_buffer_add_string(&reply->line, "{\"unsupported\":");
  peinit_json_add_text(&reply->line, peinit_text_of(why));
  peinit_buffer_add_string(&reply->line, "}");
}

static void add_failed(struct reply *reply, const char *kind, peinit_text message) {
  peinit_buffer_add_string(&reply->line, "{\"failed\":{\"kind\":");
  peinit_json_add_text(&reply->line, peinit_text_of(kind));
  peinit_buffer_add_string(&reply->line, ",\"message\":");
  peinit_json_add_text(&reply->line, message);
  peinit_buffer_add_string(&reply->line, "}}");
}

void reply_failed(struct reply *reply, const char *kind, const char *message) { add_failed(reply, kind, peinit_text_of(message)); }

void reply_error(struct reply *reply, peinit_error *error) {
  switch (error->kind) {
    case PEINIT_ERROR_REFUSED:
      peinit_buffer_add_string(&reply->line, "{\"error\":{\"code\":");
      peinit_json_add_text(&reply->line, error->code_name);
      peinit_buffer_add_string(&reply->line, ",\"message\":");
      peinit_json_add_text(&reply->line, error->message);
      peinit_buffer_add_string(&reply->line, "}}");
      break;
    case PEINIT_ERROR_TIMEOUT: add_failed(reply, "timeout", error->message); break;
    case PEINIT_ERROR_CANCELLED: add_failed(reply, "cancelled", error->message); break;
    case PEINIT_ERROR_PROTOCOL:
    case PEINIT_ERROR_OVERRUN: add_failed(reply, "protocol", error->message); break;
    case PEINIT_ERROR_USAGE: reply_unsupported(reply, error->message.bytes); break;
    case PEINIT_ERROR_CONNECTION:
    case PEINIT_ERROR_SYSTEM:
    default: add_failed(reply, "connection", error->message);
  }
  peinit_free(error);
}

static FILE *connect_file(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) return NULL;
  return fdopen(fd, "r+");
}

int main(int argc, char **argv) {
  FILE *in = stdin;
  FILE *out = stdout;
  if (argc == 3 && strcmp(argv[1], "--connect") == 0) {
    in = out = connect_file(argv[2]);
    if (in == NULL) {
      fprintf(stderr, "%s: %s\n", argv[2], strerror(errno));
      return 1;
    }
  }
  char *line = NULL;
  size_t size = 0;
  for (ssize_t length; (length = getline(&line, &size, in)) > 0 || (length < 0 && errno == EINTR && !feof(in));) {
    if (length < 0) {
      clearerr(in);
      continue;
    }
    struct reply reply = {.line = {0}};
    const char *fault = NULL;
    struct peinit_arena *arena = peinit_arena_make((size_t)length * 4);
    const peinit_json *request = arena == NULL ? NULL : peinit_json_parse(arena, line, (size_t)length, &fault);
    if (request == NULL) reply_failed(&reply, "protocol", "the request is no JSON");
    else if (!exchange(arena, request, &reply) && !in_service(request, &reply))
      reply_unsupported(&reply, "the library has nothing for that");
    peinit_buffer_add_string(&reply.line, "\n");
    if (in != stdin) fseek(out, 0, SEEK_CUR);
    fwrite(reply.line.bytes, 1, reply.line.length, out);
    fflush(out);
    peinit_buffer_end(&reply.line);
    peinit_arena_end(arena);
  }
  free(line);
  forget_all();
  return 0;
}
