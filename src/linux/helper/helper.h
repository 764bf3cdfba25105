/* What the parts of peinit-helper share. There is no C library. */
#ifndef PEINIT_HELPER_H
#define PEINIT_HELPER_H

#include <stddef.h>

_Noreturn void leave(int status);

void write_to(int file, const char *bytes, size_t length);

/* Whether both are the same text. */
int same(const char *left, const char *right);

/* 1 and the value, or 0 for text that is not a decimal number. */
int parse_number(const char *text, unsigned long *value);

/* Of mounts.c: the exit status of the command. */
int run_wait(char **arguments, size_t count);
int run_fsck(char **arguments, size_t count, char **environment);
int run_mount(char **arguments, size_t count);
int run_umount(char **arguments, size_t count);
int run_sync(size_t count, int root_only);

#endif
