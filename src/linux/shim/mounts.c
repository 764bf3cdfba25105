/* Mounts, writing everything out, and the loopback interface. */
#include "shim.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

/* mount(source, target, type, flags, data: string | null); an empty type or data is none. */
static napi_value mount_filesystem(napi_env env, napi_callback_info info) {
  struct call call;
  char source[PATH_MAX], target[PATH_MAX], type[PATH_MAX];
  struct text data;
  call_open(&call, env, info);
  int result = call_path(&call, 0, source);
  if (result == 0) result = call_path(&call, 1, target);
  if (result == 0) result = call_path(&call, 2, type);
  if (result < 0) return give_number(env, result);
  result = call_text(&call, 4, &data);
  if (result == 0 && strlen(data.data) != data.length) result = -EINVAL;
  if (result == 0) {
    const unsigned long flags = (unsigned long)call_long(&call, 3);
    const char *type_or_none = type[0] == '\0' ? NULL : type;
    if (mount(source, target, type_or_none, flags, data.length == 0 ? NULL : data.data) < 0) result = -errno;
  }
  text_close(&data);
  return give_number(env, result);
}

/* umount(target, flags) */
static napi_value unmount(napi_env env, napi_callback_info info) {
  struct call call;
  char target[PATH_MAX];
  call_open(&call, env, info);
  const int named = call_path(&call, 0, target);
  if (named < 0) return give_number(env, named);
  return give_number(env, umount2(target, call_int(&call, 1)) < 0 ? -errno : 0);
}

/* sync(rootOnly: 0 | 1) */
static napi_value sync_filesystems(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  if (call_int(&call, 0) == 0) {
    sync();
    return give_number(env, 0);
  }
  const int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) return give_number(env, -errno);
  const int result = syncfs(root) < 0 ? -errno : 0;
  close(root);
  return give_number(env, result);
}

struct link_request {
  struct nlmsghdr header;
  struct ifinfomsg link;
  struct rtattr name_header;
  char name[4];
};

static int raise_loopback(int netlink) {
  struct link_request request;
  memset(&request, 0, sizeof request);
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = RTM_NEWLINK;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  request.link.ifi_family = AF_UNSPEC;
  request.link.ifi_flags = IFF_UP;
  request.link.ifi_change = IFF_UP;
  request.name_header.rta_type = IFLA_IFNAME;
  request.name_header.rta_len = RTA_LENGTH(sizeof "lo");
  memcpy(request.name, "lo", sizeof "lo");
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  if (sendto(netlink, &request, sizeof request, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0) return -errno;
  union {
    struct nlmsghdr header;
    char bytes[512];
  } answer;
  /* The kernel acts within sendto; the acknowledgement is there already. */
  const ssize_t bytes = recv(netlink, &answer, sizeof answer, MSG_DONTWAIT);
  if (bytes < 0) return -errno;
  if (!NLMSG_OK(&answer.header, (size_t)bytes) || answer.header.nlmsg_type != NLMSG_ERROR) return -EPROTO;
  return ((const struct nlmsgerr *)NLMSG_DATA(&answer.header))->error;
}

static bool is_up(void) {
  struct ifreq request = {.ifr_name = "lo"};
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bool up = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP);
  if (fd >= 0) close(fd);
  return up;
}

/* loopbackUp(). Where the runtime of a container has done it, the right to do it again is not needed. */
static napi_value loopback_up(napi_env env, napi_callback_info info) {
  (void)info;
  const int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (netlink < 0) return give_number(env, -errno);
  int result = raise_loopback(netlink);
  close(netlink);
  if (result < 0 && is_up()) result = 0;
  return give_number(env, result);
}

void define_mounts(napi_env env, napi_value exports) {
  static const struct export list[] = {
    {"mount", mount_filesystem},
    {"umount", unmount},
    {"sync", sync_filesystems},
    {"loopbackUp", loopback_up},
  };
  DEFINE_EXPORTS(env, exports, list);
}
