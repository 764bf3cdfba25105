/* Shared by the two files about Unix sockets. */
#ifndef PEINIT_SOCKETS_H
#define PEINIT_SOCKETS_H

#include <sys/un.h>

#include "shim.h"

/* 0 and the address of a socket file, or -errno. */
int call_address(const struct call *call, size_t index, struct sockaddr_un *address);

/* A descriptor or -errno. */
int make_socket(int type);

/* Removes a stale socket file, binds, sets the mode. */
int bind_at(int fd, const struct sockaddr_un *address, mode_t mode);

/* Whether descriptors may be attached to what is sent there (SO_PASSRIGHTS). 0 or -errno; nothing refuses them before Linux 6.16. */
int set_passing(int fd, int on);

#endif
