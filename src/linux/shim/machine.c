/* Clocks, entropy, the final action, and what this process may do. */
#include "shim.h"
#include "slice.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/random.h>
#include <linux/rtc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef GRND_INSECURE
#define GRND_INSECURE 4
#endif

static napi_value clock_now(napi_env env, clockid_t clock) {
  struct timespec now = {0, 0};
  clock_gettime(clock, &now);
  return give_bigint(env, (int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
}

static napi_value monotonic(napi_env env, napi_callback_info info) {
  (void)info;
  return clock_now(env, CLOCK_MONOTONIC);
}

static napi_value realtime(napi_env env, napi_callback_info info) {
  (void)info;
  return clock_now(env, CLOCK_REALTIME);
}

static bool plausible(const struct rtc_time *time) {
  return time->tm_year >= 70 && time->tm_mon >= 0 && time->tm_mon <= 11 && time->tm_mday >= 1 && time->tm_mday <= 31 &&
         time->tm_hour >= 0 && time->tm_hour <= 23 && time->tm_min >= 0 && time->tm_min <= 59 && time->tm_sec >= 0 && time->tm_sec <= 60;
}

/* readRtc(device): seconds since the epoch with the device taken as UTC; -EINVAL for a time that cannot be or lies before 1970. */
static napi_value read_rtc(napi_env env, napi_callback_info info) {
  struct call call;
  char device[PATH_MAX];
  call_open(&call, env, info);
  const int named = call_path(&call, 0, device);
  if (named < 0) return give_number(env, named);
  const int fd = open(device, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return give_number(env, -errno);
  struct rtc_time time;
  memset(&time, 0, sizeof time);
  const int error = ioctl(fd, RTC_RD_TIME, &time) < 0 ? -errno : 0;
  close(fd);
  if (error < 0) return give_number(env, error);
  if (!plausible(&time)) return give_number(env, -EINVAL);
  struct tm broken = {.tm_year = time.tm_year, .tm_mon = time.tm_mon,   .tm_mday = time.tm_mday,
                      .tm_hour = time.tm_hour, .tm_min = time.tm_min,   .tm_sec = time.tm_sec};
  return give_number(env, timegm(&broken));
}

/* setRealtime(seconds) */
static napi_value set_realtime(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const struct timespec time = {call_long(&call, 0), 0};
  return give_number(env, clock_settime(CLOCK_REALTIME, &time) < 0 ? -errno : 0);
}

static int credit_entropy(int fd, struct span seed) {
  struct rand_pool_info *pool = calloc(1, sizeof *pool + seed.length);
  if (pool == NULL) return -ENOMEM;
  pool->entropy_count = (int)(seed.length * 8);
  pool->buf_size = (int)seed.length;
  memcpy(pool->buf, seed.data, seed.length);
  const int result = ioctl(fd, RNDADDENTROPY, pool) < 0 ? -errno : 0;
  free(pool);
  return result;
}

/* addEntropy(seed, credit: 0 | 1) */
static napi_value add_entropy(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const struct span seed = call_bytes(&call, 0);
  if (seed.length == 0 || seed.length > 4096) return give_number(env, -EINVAL);
  const int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return give_number(env, -errno);
  int result = 0;
  if (call_int(&call, 1) != 0) result = credit_entropy(fd, seed);
  else if (write(fd, seed.data, seed.length) < 0) result = -errno;
  close(fd);
  return give_number(env, result);
}

/* random(into): never waits; before the pool is ready it gives what there is, as PID 1 must not stand still for it. */
static napi_value random_bytes(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const struct span into = call_bytes(&call, 0);
  unsigned int flags = GRND_NONBLOCK;
  size_t done = 0;
  while (done < into.length) {
    const ssize_t bytes = getrandom(into.data + done, into.length - done, flags);
    if (bytes >= 0) done += (size_t)bytes;
    else if (errno == EAGAIN && flags == GRND_NONBLOCK) flags = GRND_INSECURE;
    else if (errno != EINTR) return give_number(env, -errno);
  }
  return give_number(env, 0);
}

/* reboot(command): returns on failure only; in a PID namespace the kernel ends it right here. */
static napi_value reboot_machine(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  return give_number(env, reboot((int)call_long(&call, 0)) < 0 ? -errno : 0);
}

/* pidNamespace() */
static napi_value pid_namespace(napi_env env, napi_callback_info info) {
  (void)info;
  struct stat found;
  return give_number(env, stat("/proc/self/ns/pid", &found) < 0 ? -errno : (int64_t)found.st_ino);
}

/* capabilities(): the effective set as bigint. */
static napi_value capabilities(napi_env env, napi_callback_info info) {
  (void)info;
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  memset(data, 0, sizeof data);
  syscall(SYS_capget, &header, data);
  return give_bigint(env, (int64_t)((uint64_t)data[1].effective << 32 | data[0].effective));
}

/* hostname(name) */
static napi_value set_hostname(napi_env env, napi_callback_info info) {
  struct call call;
  char name[PATH_MAX];
  call_open(&call, env, info);
  const int named = call_path(&call, 0, name);
  if (named < 0) return give_number(env, named);
  return give_number(env, sethostname(name, strlen(name)) < 0 ? -errno : 0);
}

/* getLimit(resource, into: BigUint64Array): {soft, hard}. */
static napi_value get_limit(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const struct span into = call_bytes(&call, 1);
  struct rlimit limit;
  if (into.length < sizeof limit) return give_number(env, -EINVAL);
  if (getrlimit((__rlimit_resource_t)call_int(&call, 0), &limit) < 0) return give_number(env, -errno);
  memcpy(into.data, &limit, sizeof limit);
  return give_number(env, 0);
}

/* setLimit(resource, from: BigUint64Array): {soft, hard} of this process. */
static napi_value set_limit(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const struct span from = call_bytes(&call, 1);
  struct rlimit limit;
  if (from.length < sizeof limit) return give_number(env, -EINVAL);
  memcpy(&limit, from.data, sizeof limit);
  return give_number(env, setrlimit((__rlimit_resource_t)call_int(&call, 0), &limit) < 0 ? -errno : 0);
}

/* setSlice(microseconds) */
static napi_value set_slice(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  return give_number(env, slice_set((uint64_t)call_long(&call, 0) * 1000));
}

void define_machine(napi_env env, napi_value exports) {
  static const struct export list[] = {
    {"monotonicNs", monotonic},
    {"realtimeNs", realtime},
    {"readRtc", read_rtc},
    {"setRealtime", set_realtime},
    {"addEntropy", add_entropy},
    {"random", random_bytes},
    {"reboot", reboot_machine},
    {"pidNamespace", pid_namespace},
    {"capabilities", capabilities},
    {"hostname", set_hostname},
    {"getLimit", get_limit},
    {"setLimit", set_limit},
    {"setSlice", set_slice},
  };
  DEFINE_EXPORTS(env, exports, list);
}
