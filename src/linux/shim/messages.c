/* Datagrams with attested senders, and descriptors that travel along. NTF-003, NTF-022, FDS-003. */
#include "shim.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "closer.h"
#include "sockets.h"

/* A message may bring 65536 bytes and 64 descriptors; the kernel passes up to 253. One byte more shows what is too long. */
enum { MAX_BYTES = 65536, MAX_DESCRIPTORS = 64, KERNEL_DESCRIPTORS = 253 };

/* Positions in the array that describes a received message; real-kernel.ts reads it. */
enum { AT_TRUNCATED, AT_HAS_SENDER, AT_PID, AT_UID, AT_GID, AT_COUNT, AT_DESCRIPTORS, MESSAGE_LENGTH = AT_DESCRIPTORS + MAX_DESCRIPTORS };

struct received {
  bool truncated, has_sender;
  struct ucred sender;
  size_t count;
  int descriptors[KERNEL_DESCRIPTORS];
};

static void take_control(struct msghdr *message, struct received *received) {
  for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level != SOL_SOCKET) continue;
    if (part->cmsg_type == SCM_CREDENTIALS) {
      memcpy(&received->sender, CMSG_DATA(part), sizeof received->sender);
      received->has_sender = true;
    } else if (part->cmsg_type == SCM_RIGHTS) {
      const size_t bytes = part->cmsg_len - CMSG_LEN(0);
      memcpy(received->descriptors + received->count, CMSG_DATA(part), bytes);
      received->count += bytes / sizeof(int);
    }
  }
}

static void refuse_descriptors(struct received *received) {
  for (size_t i = 0; i < received->count; i++) close_aside(received->descriptors[i]);
  received->count = 0;
}

/* Bytes or -errno. */
static int64_t receive(int fd, uint8_t *data, size_t length, struct received *received) {
  union {
    struct cmsghdr aligned;
    char bytes[CMSG_SPACE(KERNEL_DESCRIPTORS * sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
  } control;
  struct iovec part = {data, length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  memset(received, 0, offsetof(struct received, descriptors));
  ssize_t bytes;
  do bytes = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (bytes < 0 && errno == EINTR);
  if (bytes < 0) return -errno;
  take_control(&message, received);
  received->truncated = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || received->count > MAX_DESCRIPTORS;
  return bytes;
}

static void report(const struct received *received, int32_t *numbers) {
  numbers[AT_TRUNCATED] = received->truncated;
  numbers[AT_HAS_SENDER] = received->has_sender;
  numbers[AT_PID] = received->sender.pid;
  numbers[AT_UID] = (int32_t)received->sender.uid;
  numbers[AT_GID] = (int32_t)received->sender.gid;
  numbers[AT_COUNT] = (int32_t)received->count;
  memcpy(numbers + AT_DESCRIPTORS, received->descriptors, received->count * sizeof(int32_t));
}

/* receiveDatagram(fd, into of 65537 bytes, numbers: Int32Array): bytes or -errno. */
static napi_value receive_datagram(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const struct span into = call_bytes(&call, 1), numbers = call_bytes(&call, 2);
  if (into.length <= MAX_BYTES || numbers.length < MESSAGE_LENGTH * sizeof(int32_t)) return give_number(env, -EINVAL);
  struct received received;
  const int64_t bytes = receive(call_int(&call, 0), into.data, into.length, &received);
  if (bytes < 0) return give_number(env, bytes);
  if (bytes > MAX_BYTES) received.truncated = true;
  if (received.truncated) refuse_descriptors(&received);
  report(&received, (int32_t *)(void *)numbers.data);
  return give_number(env, bytes > MAX_BYTES ? MAX_BYTES : bytes);
}

/* receiveWithDescriptors(fd, into, numbers: Int32Array): bytes of a stream or -errno. Too many descriptors: -EMFILE, all closed. */
static napi_value receive_with_descriptors(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const struct span into = call_bytes(&call, 1), numbers = call_bytes(&call, 2);
  if (numbers.length < MESSAGE_LENGTH * sizeof(int32_t)) return give_number(env, -EINVAL);
  struct received received;
  const int64_t bytes = receive(call_int(&call, 0), into.data, into.length, &received);
  if (bytes < 0) return give_number(env, bytes);
  if (received.truncated) {
    refuse_descriptors(&received);
    return give_number(env, -EMFILE);
  }
  report(&received, (int32_t *)(void *)numbers.data);
  return give_number(env, bytes);
}

static int64_t send_message(int fd, struct sockaddr_un *address, struct span data, struct span descriptors) {
  const size_t count = descriptors.length / sizeof(int);
  if (count > KERNEL_DESCRIPTORS) return -EINVAL;
  union {
    struct cmsghdr aligned;
    char bytes[CMSG_SPACE(KERNEL_DESCRIPTORS * sizeof(int))];
  } control;
  struct iovec part = {data.data, data.length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (address != NULL) {
    message.msg_name = address;
    message.msg_namelen = sizeof *address;
  }
  if (count > 0) {
    memset(&control, 0, sizeof control);
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(rights), descriptors.data, count * sizeof(int));
  }
  ssize_t sent;
  do sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : sent;
}

/* sendDatagram(path, data, descriptors: Int32Array) */
static napi_value send_datagram(napi_env env, napi_callback_info info) {
  struct call call;
  struct sockaddr_un address;
  call_open(&call, env, info);
  const int named = call_address(&call, 0, &address);
  if (named < 0) return give_number(env, named);
  static int sender = -1;
  if (sender < 0) sender = make_socket(SOCK_DGRAM);
  return give_number(env, sender < 0 ? sender : send_message(sender, &address, call_bytes(&call, 1), call_bytes(&call, 2)));
}

/* sendWithDescriptors(fd, data, descriptors: Int32Array): bytes sent; the descriptors go with the first of them. */
static napi_value send_with_descriptors(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  return give_number(env, send_message(call_int(&call, 0), NULL, call_bytes(&call, 1), call_bytes(&call, 2)));
}

/* bindDatagram(path, mode, receiveBuffer): a socket whose messages carry the sender's pid. */
static napi_value bind_datagram(napi_env env, napi_callback_info info) {
  struct call call;
  struct sockaddr_un address;
  call_open(&call, env, info);
  const int named = call_address(&call, 0, &address);
  if (named < 0) return give_number(env, named);
  const int fd = make_socket(SOCK_DGRAM);
  if (fd < 0) return give_number(env, fd);
  const int on = 1, buffer = call_int(&call, 2);
  int result = setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0 ? -errno : 0;
  /* Past the machine's limit where that is allowed, else up to it. */
  if (result == 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) < 0) {
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer) < 0) result = -errno;
  }
  if (result == 0) result = bind_at(fd, &address, (mode_t)call_int(&call, 1));
  if (result < 0) close(fd);
  return give_number(env, result < 0 ? result : fd);
}

/* passDescriptors(fd, on): whether senders may attach descriptors. Before Linux 6.16: -ENOPROTOOPT. */
static napi_value pass_descriptors(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  return give_number(env, set_passing(call_int(&call, 0), call_int(&call, 1)));
}

void define_messages(napi_env env, napi_value exports) {
  static const struct export list[] = {
    {"bindDatagram", bind_datagram},
    {"passDescriptors", pass_descriptors},
    {"receiveDatagram", receive_datagram},
    {"sendDatagram", send_datagram},
    {"receiveWithDescriptors", receive_with_descriptors},
    {"sendWithDescriptors", send_with_descriptors},
  };
  DEFINE_EXPORTS(env, exports, list);
}
