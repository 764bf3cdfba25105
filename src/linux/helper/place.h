#ifndef PEINIT_PLACE_H
#define PEINIT_PLACE_H

#include <stdint.h>

struct wanted {
  int is_directory;
  uint32_t uid;
  uint32_t gid;
  uint32_t mode;
  /* Owner, group and mode count for what is there already, too. */
  int of_existing;
};

/* As placeSteps of src/kernel/helper-protocol.ts, in their order. */
enum place_step { STEP_ABOVE, STEP_MAKE, STEP_TYPE, STEP_NAMES, STEP_OWNER, STEP_MODE };

struct placed {
  /* 0, or an errno (positive) and where it came from. */
  long error;
  enum place_step step;
  int made;
};

/*
 * The directory above the last name of a path, opened as a place only, and that name in *name; or -errno. It is walked as the head of
 * place.c says. `makes`: directories that are missing on the way are made. One walk at a time: the name stands in what the next one uses.
 */
long walk(const char *path, int makes, const char **name);

struct placed place(const char *path, const struct wanted *wanted);

#endif
