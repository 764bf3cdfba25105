#ifndef PEINIT_HELPER_REPLACE_H
#define PEINIT_HELPER_REPLACE_H

/* 0 or -errno. */
long replace(const char *path, unsigned long mode, const char *text);

#endif
