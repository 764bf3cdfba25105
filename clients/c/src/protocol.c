#include <peinit/connection.h>

#include "failure.h"

peinit_protocol peinit_check_protocol(peinit_connection *control, uint32_t *major, uint32_t *minor, peinit_error **error) {
  peinit_control_machine_status_response *machine = NULL;
  peinit_error *why = NULL;
  if (major != NULL) *major = 0;
  if (minor != NULL) *minor = 0;
  if (!peinit_control_machine_status(control, NULL, &machine, &why)) {
    /* One of before the protocol had a version. */
    bool is_old = why->kind == PEINIT_ERROR_PROTOCOL && peinit_text_is(why->member, "protocol");
    if (is_old || error == NULL) peinit_free(why);
    else *error = why;
    return is_old ? PEINIT_PROTOCOL_DAEMON_OLDER : PEINIT_PROTOCOL_UNKNOWN;
  }
  uint32_t theirs = machine->protocol->major;
  uint32_t minor_theirs = machine->protocol->minor;
  peinit_free(machine);
  if (major != NULL) *major = theirs;
  if (minor != NULL) *minor = minor_theirs;
  if (theirs != PEINIT_PROTOCOL_MAJOR) {
    peinit_fail(error, PEINIT_ERROR_PROTOCOL, 0, "the daemon speaks protocol %u.%u and this library %d.%d, which do not go together; "
                "use the library of the daemon's release", theirs, minor_theirs, PEINIT_PROTOCOL_MAJOR, PEINIT_PROTOCOL_MINOR);
    return PEINIT_PROTOCOL_INCOMPATIBLE;
  }
  if (minor_theirs == PEINIT_PROTOCOL_MINOR) return PEINIT_PROTOCOL_SAME;
  return minor_theirs > PEINIT_PROTOCOL_MINOR ? PEINIT_PROTOCOL_DAEMON_NEWER : PEINIT_PROTOCOL_DAEMON_OLDER;
}
