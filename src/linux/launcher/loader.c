/* Why a program that is there cannot be executed: the kernel says ENOENT when what loads it is missing. */
#include "launcher.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The loader that an ELF file names, or the interpreter of a script; NULL: none. `head`: its first bytes, with a zero behind. */
static const char *loader_of(char *head, size_t size) {
  if (size > 2 && strncmp(head, "#!", 2) == 0) {
    char *name = head + 2 + strspn(head + 2, " \t");
    name[strcspn(name, " \t\n")] = '\0';
    return name;
  }
  Elf64_Ehdr header;
  if (size < sizeof header || memcmp(head, ELFMAG, SELFMAG) != 0 || head[EI_CLASS] != ELFCLASS64) return NULL;
  memcpy(&header, head, sizeof header);
  for (size_t i = 0; i < header.e_phnum; i++) {
    Elf64_Phdr part;
    uint64_t at = header.e_phoff + i * sizeof part;
    if (at > size - sizeof part) return NULL;
    memcpy(&part, head + at, sizeof part);
    if (part.p_type == PT_INTERP) return part.p_offset < size ? head + part.p_offset : NULL;
  }
  return NULL;
}

/* For a message about an exec of `path` that has just failed with errno. */
const char *why_not_executed(const char *path) {
  static char head[4096], text[2 * PATH_MAX];
  const char *usual = strerror(errno);
  if (errno != ENOENT || !strchr(path, '/')) return usual;
  int length = read_text(AT_FDCWD, path, head, sizeof head);
  const char *loader = length > 0 ? loader_of(head, (size_t)length) : NULL;
  if (!loader || access(loader, F_OK) == 0) return usual;
  snprintf(text, sizeof text,
           "its loader %s is missing in the machine's root. Install there what it belongs to (libc6 for a program loader).", loader);
  return text;
}
