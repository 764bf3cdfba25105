/* Input devices: the power button, and nothing else that somebody presses. */
#include "shim.h"

#include <fcntl.h>
#include <linux/input.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "closer.h"

_Static_assert(sizeof(struct input_event) == 24, "src/boot/power-button.ts reads records of 24 bytes");

static void set_bit(uint8_t *bits, unsigned int number) { bits[number / 8] |= (uint8_t)(1U << (number % 8)); }

static bool has_bit(const uint8_t *bits, unsigned int number) { return (bits[number / 8] & (1U << (number % 8))) != 0; }

/* What people type wakes nobody and is read by nobody. A kernel that cannot do this sends all, which is looked through. */
static void mask(int fd, uint32_t type, const uint8_t *bits, size_t size) {
  const struct input_mask wanted = {.type = type, .codes_size = (uint32_t)size, .codes_ptr = (uint64_t)(uintptr_t)bits};
  (void)ioctl(fd, EVIOCSMASK, &wanted);
}

/* -ENODEV for one without that key, and for what is no event device. */
static int open_device(const char *device) {
  uint8_t keys[KEY_CNT / 8] = {0};
  uint8_t types[EV_CNT / 8] = {0};
  const int fd = open(device, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return -errno;
  if (ioctl(fd, EVIOCGBIT(EV_KEY, sizeof keys), keys) < 0 || !has_bit(keys, KEY_POWER)) {
    close(fd);
    return -ENODEV;
  }
  memset(keys, 0, sizeof keys);
  set_bit(keys, KEY_POWER);
  set_bit(types, EV_KEY);
  mask(fd, EV_KEY, keys, sizeof keys);
  mask(fd, EV_SYN, types, sizeof types);
  return fd;
}

struct opening {
  int report;
  char device[PATH_MAX];
};

static void *open_aside(void *data) {
  struct opening *opening = data;
  prctl(PR_SET_NAME, "opener");
  const int32_t result = open_device(opening->device);
  /* Nobody waits for it any more where that fails. */
  if (write(opening->report, &result, sizeof result) != sizeof result && result >= 0) close(result);
  close(opening->report);
  free(opening);
  return NULL;
}

/*
 * openPowerKey(device): a descriptor to read an int32 from when the device is open, that of the device or -errno. Its driver may sleep as
 * long as it likes, whatever O_NONBLOCK says.
 */
static napi_value open_power_key(napi_env env, napi_callback_info info) {
  struct call call;
  int ends[2];
  call_open(&call, env, info);
  struct opening *opening = malloc(sizeof *opening);
  if (opening == NULL) return give_number(env, -ENOMEM);
  int failure = call_path(&call, 0, opening->device);
  if (failure == 0 && pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) failure = -errno;
  if (failure < 0) {
    free(opening);
    return give_number(env, failure);
  }
  opening->report = ends[1];
  if (start_aside(open_aside, opening)) return give_number(env, ends[0]);
  close(ends[0]);
  close(ends[1]);
  free(opening);
  return give_number(env, -EAGAIN);
}

/* watchAppearing(directory): readable when there is something new in it, or when it is gone itself. */
static napi_value watch_appearing(napi_env env, napi_callback_info info) {
  struct call call;
  char path[PATH_MAX];
  call_open(&call, env, info);
  const int named = call_path(&call, 0, path);
  if (named < 0) return give_number(env, named);
  const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) return give_number(env, -errno);
  if (inotify_add_watch(fd, path, IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW) < 0) {
    const int error = -errno;
    close(fd);
    return give_number(env, error);
  }
  return give_number(env, fd);
}

void define_input(napi_env env, napi_value exports) {
  static const struct export list[] = {{"openPowerKey", open_power_key}, {"watchAppearing", watch_appearing}};
  DEFINE_EXPORTS(env, exports, list);
}
