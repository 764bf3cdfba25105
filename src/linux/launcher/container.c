/* --container: what a container runtime mounts, hides and takes away, so that a machine meets here what it meets in `docker run`. */
#include "launcher.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAPABILITY(name) (UINT64_C(1) << CAP_##name)

/* What Docker leaves to the root of a container. */
static const uint64_t container_capabilities =
    CAPABILITY(CHOWN) | CAPABILITY(DAC_OVERRIDE) | CAPABILITY(FSETID) | CAPABILITY(FOWNER) | CAPABILITY(MKNOD) | CAPABILITY(NET_RAW) |
    CAPABILITY(SETGID) | CAPABILITY(SETUID) | CAPABILITY(SETFCAP) | CAPABILITY(SETPCAP) | CAPABILITY(NET_BIND_SERVICE) |
    CAPABILITY(SYS_CHROOT) | CAPABILITY(KILL) | CAPABILITY(AUDIT_WRITE);

/* In the machine's root, before it is confined. */
static void mount_at(const char *source, const char *target, const char *type, unsigned long flags, const char *data) {
  if (mkdir(target, 0755) < 0 && errno != EEXIST) fail(STATUS_FAILED, "cannot make %s inside: %m", target);
  if (mount(source, target, type, flags, data) < 0) fail(STATUS_FAILED, "cannot mount %s on %s: %m", type ? type : source, target);
}

static void make_read_only(const char *path) {
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
  if (syscall(SYS_mount_setattr, AT_FDCWD, path, AT_RECURSIVE, &attributes, sizeof attributes) < 0)
    fail(STATUS_FAILED, "cannot make %s read-only: %m", path);
}

static void hide(void) {
  static const char *const hidden[] = {
      "/proc/acpi",       "/proc/asound",      "/proc/interrupts",  "/proc/kcore", "/proc/keys",    "/proc/latency_stats",
      "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi",  "/sys/firmware", "/sys/devices/virtual/powercap",
      NULL,
  };
  for (int i = 0; hidden[i]; i++) {
    struct stat info;
    if (stat(hidden[i], &info) < 0) continue;
    int failed = S_ISDIR(info.st_mode) ? mount("tmpfs", hidden[i], "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=0")
                                       : mount("/dev/null", hidden[i], NULL, MS_BIND, NULL);
    if (failed) fail(STATUS_FAILED, "cannot hide %s: %m", hidden[i]);
  }
}

/* The network is the container's own: its loopback is up, and every port may be bound. What cannot be set stays as it is. */
static void set_network(void) {
  struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &loopback) < 0) fail(STATUS_FAILED, "cannot bring up the loopback inside: %m");
  close(fd);
  write_file(AT_FDCWD, "/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
  write_file(AT_FDCWD, "/proc/sys/net/ipv4/ping_group_range", "0 65536");
}

void container_guard_proc(void) {
  static const char *const read_only[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL};
  set_network();
  for (int i = 0; read_only[i]; i++) {
    if (access(read_only[i], F_OK) < 0) continue;
    if (mount(read_only[i], read_only[i], NULL, MS_BIND, NULL) < 0) fail(STATUS_FAILED, "cannot bind %s: %m", read_only[i]);
    make_read_only(read_only[i]);
  }
  hide();
}

/* What peinit finds mounted, since it may mount nothing itself. */
void container_mounts(bool own_cgroups) {
  const unsigned long plain = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  mount_at("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620");
  mount_at("shm", "/dev/shm", "tmpfs", plain, "mode=1777,size=65536k");
  mount_at("mqueue", "/dev/mqueue", "mqueue", plain, NULL);
  /* Of the cgroup namespace that this process is in. The host's may not be mounted in a user namespace: it is bound there already. */
  if (own_cgroups) mount_at("cgroup", "/sys/fs/cgroup", "cgroup2", plain | MS_RDONLY, NULL);
  else make_read_only("/sys/fs/cgroup");
}

/* This process becomes one of the container; the filter first, since it takes a capability that is then gone. */
void container_confine(void) {
  filter_calls();
  keep_capabilities(container_capabilities);
}
