// A tool that controls: starts a service, tells how it is, and what happened to it on the way.
#include <peinit.h>
#include <stdio.h>

static int fail(peinit_error *error) {
  fprintf(stderr, "%s\n", error->message.bytes);
  if (error->kind == PEINIT_ERROR_REFUSED && error->code == PEINIT_CONTROL_ERROR_CODE_UNKNOWN_SERVICE) fprintf(stderr, "Is it defined?\n");
  peinit_free(error);
  return 1;
}

// [events]
// Events come on a connection of their own; asked for first, so that none is missed.
static peinit_stream *subscribe(peinit_connection *events, peinit_error **error) {
  const peinit_text names[] = {peinit_text_of("service.*")};
  return peinit_control_subscribe(events, &(peinit_control_subscribe_request){.events = {names, 1}}, error);
}

static bool tell(peinit_stream *stream, const char *service, peinit_error **error) {
  peinit_control_subscribe_response *line = NULL;
  bool is_active = false;
  while (!is_active && peinit_control_subscribe_next(stream, 5000, &line, error) == PEINIT_TAKEN_LINE) {
    const peinit_event *event = &line->payload;
    if (event->kind == PEINIT_EVENT_SERVICE_STATE && peinit_text_is(event->as.service_state->service, service)) {
      const peinit_events_service_state *changed = event->as.service_state;
      printf("%s: %s to %s\n", service, changed->from.name.bytes, changed->to.name.bytes);
      is_active = changed->to.value == PEINIT_SERVICE_STATE_ACTIVE;
    }
    peinit_free(line);
  }
  return is_active;
}
// [/events]

// [start]
static bool start(peinit_connection *control, const char *service, bool *was_down, peinit_error **error) {
  const peinit_control_start_request request = {.service = peinit_text_of(service), .has_wait = true, .wait = true};
  peinit_control_start_answer *answer = NULL;
  if (!peinit_control_start(control, &request, &answer, error)) return false;
  *was_down = answer->start != NULL;
  if (!*was_down) printf("%s is up already\n", answer->status->service.bytes);
  else printf("%s is %s\n", answer->start->service.bytes, answer->start->state.name.bytes);
  peinit_free(answer);
  return true;
}
// [/start]

static bool describe(peinit_connection *control, const char *service, peinit_error **error) {
  const peinit_control_status_request request = {.service = peinit_text_of(service)};
  peinit_control_status_response *status = NULL;
  if (!peinit_control_status(control, &request, &status, error)) return false;
  printf("it says: %s\n", status->status_text.bytes == NULL ? "nothing" : status->status_text.bytes);
  peinit_free(status);
  return true;
}

int main(int argc, char **argv) {
  const char *service = argc > 1 ? argv[1] : "hello-c";
  peinit_error *error = NULL;
  peinit_connection *control = peinit_connection_open(PEINIT_SOCKET_CONTROL, NULL, &error);
  peinit_connection *events = control == NULL ? NULL : peinit_connection_open(PEINIT_SOCKET_CONTROL, NULL, &error);
  peinit_stream *stream = events == NULL ? NULL : subscribe(events, &error);
  bool was_down = false;
  bool is_done = stream != NULL && start(control, service, &was_down, &error) && (!was_down || tell(stream, service, &error)) &&
                 describe(control, service, &error);
  peinit_stream_leave(stream);
  peinit_connection_close(events);
  peinit_connection_close(control);
  return is_done ? 0 : fail(error);
}
