/* What this process holds and does not use, back to the kernel. */
#include "shim.h"

#include <link.h>
#include <malloc.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Only segments that are never written: others have relocations that no file holds. */
static int let_go(struct dl_phdr_info *object, size_t size, void *unused) {
  (void)size;
  (void)unused;
  /* The kernel's own has no file. */
  if (strncmp(object->dlpi_name, "linux-", 6) == 0) return 0;
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (size_t index = 0; index < object->dlpi_phnum; index++) {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[index];
    if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) != 0) continue;
    const uintptr_t from = object->dlpi_addr + segment->p_vaddr;
    const uintptr_t first = (from + page - 1) & ~(page - 1);
    const uintptr_t end = (from + segment->p_filesz) & ~(page - 1);
    if (end > first) madvise((void *)first, end - first, MADV_DONTNEED);
  }
  return 0;
}

/* releaseCode(): code and constants of the program and its libraries; what is used again comes back from the page cache or the file. */
static napi_value release_code(napi_env env, napi_callback_info info) {
  (void)info;
  dl_iterate_phdr(let_go, NULL);
  return give_number(env, 0);
}

/* releaseHeap(): what malloc keeps for later. */
static napi_value release_heap(napi_env env, napi_callback_info info) {
  (void)info;
  return give_number(env, malloc_trim(0));
}

void define_memory(napi_env env, napi_value exports) {
  static const struct export list[] = {
    {"releaseCode", release_code},
    {"releaseHeap", release_heap},
  };
  DEFINE_EXPORTS(env, exports, list);
}
