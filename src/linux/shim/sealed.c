/* Handles of tokens: files in memory that nobody can change any more. */
#include "shim.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FULL_SEAL = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

/* readSealed(fd, maxBytes): all bytes; -EINVAL: it cannot have seals, -EPERM: it lacks one, -EFBIG: it is larger; or another -errno. */
static napi_value read_sealed(napi_env env, napi_callback_info info) {
  struct call call;
  struct stat found;
  call_open(&call, env, info);
  const int fd = call_int(&call, 0);
  const int64_t limit = call_long(&call, 1);
  /* First of all: only then the size stays what it is. */
  const int seals = fcntl(fd, F_GET_SEALS);
  if (seals < 0) return give_number(env, -errno);
  if ((seals & FULL_SEAL) != FULL_SEAL) return give_number(env, -EPERM);
  if (fstat(fd, &found) < 0) return give_number(env, -errno);
  if (found.st_size > limit) return give_number(env, -EFBIG);
  const size_t length = (size_t)found.st_size;
  uint8_t *data = malloc(length + 1);
  if (data == NULL) return give_number(env, -ENOMEM);
  size_t done = 0;
  int error = 0;
  while (done < length && error == 0) {
    const ssize_t got = pread(fd, data + done, length - done, (off_t)done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) error = got < 0 ? -errno : -EIO;
    else done += (size_t)got;
  }
  const napi_value result = error < 0 ? give_number(env, error) : give_bytes(env, data, length);
  free(data);
  return result;
}

/* sealedMemory(name, data: Uint8Array): a descriptor of a file in memory that holds the bytes and can never change. */
static napi_value sealed_memory(napi_env env, napi_callback_info info) {
  struct call call;
  char name[PATH_MAX];
  call_open(&call, env, info);
  int result = call_path(&call, 0, name);
  if (result < 0) return give_number(env, result);
  const int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return give_number(env, -errno);
  const struct span data = call_bytes(&call, 1);
  for (size_t done = 0; result == 0 && done < data.length;) {
    const ssize_t written = write(fd, data.data + done, data.length - done);
    if (written >= 0) done += (size_t)written;
    else if (errno != EINTR) result = -errno;
  }
  if (result == 0 && fcntl(fd, F_ADD_SEALS, FULL_SEAL) < 0) result = -errno;
  if (result < 0) close(fd);
  return give_number(env, result < 0 ? result : fd);
}

void define_sealed(napi_env env, napi_value exports) {
  static const struct export list[] = {
    {"readSealed", read_sealed},
    {"sealedMemory", sealed_memory},
  };
  DEFINE_EXPORTS(env, exports, list);
}
