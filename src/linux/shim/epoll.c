/*
 * The one epoll set of PID 1, with one timerfd for the deadlines of each clock. libuv polls only this set; a wake-up makes one call into
 * JavaScript, which makes one drain call: so the order within a turn is ours and not libuv's. Design: real-loop.ts.
 */
#include "shim.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <uv.h>

enum { BATCH = 256, MAX_URGENT = 8, TIMER_TOKEN = 0, WALL_TIMER_TOKEN = 1 };

struct urgent {
  int fd;
  int32_t token;
};

struct loop {
  int epoll, timer, wall_timer;
  /* Descriptors of the signal lane: a full batch must not leave them out. */
  struct urgent urgent[MAX_URGENT];
  size_t urgent_count;
  napi_env env;
  napi_ref callback;
  napi_async_context context;
  uv_poll_t *poll;
};

static struct loop *call_loop(const struct call *call) {
  void *loop = NULL;
  napi_get_value_external(call->env, call->argument[0], &loop);
  return loop;
}

static void on_closed(uv_handle_t *handle) { free(handle); }

static void stop_polling(struct loop *loop) {
  if (loop->poll == NULL) return;
  uv_poll_stop(loop->poll);
  uv_close((uv_handle_t *)loop->poll, on_closed);
  loop->poll = NULL;
  napi_async_destroy(loop->env, loop->context);
  napi_delete_reference(loop->env, loop->callback);
}

static void close_loop(struct loop *loop) {
  stop_polling(loop);
  if (loop->epoll >= 0) close(loop->epoll);
  if (loop->timer >= 0) close(loop->timer);
  if (loop->wall_timer >= 0) close(loop->wall_timer);
  loop->epoll = loop->timer = loop->wall_timer = -1;
}

static void finalize(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  close_loop(data);
  free(data);
}

/* A throw out of the callback becomes uncaughtException, and the loop goes on. */
static void on_wake(uv_poll_t *poll, int status, int events) {
  (void)status;
  (void)events;
  struct loop *loop = poll->data;
  napi_env env = loop->env;
  napi_handle_scope scope = NULL;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value callback = NULL, receiver = NULL, result = NULL, thrown = NULL;
  napi_get_reference_value(env, loop->callback, &callback);
  napi_get_global(env, &receiver);
  if (napi_make_callback(env, loop->context, receiver, callback, 0, NULL, &result) == napi_pending_exception &&
      napi_get_and_clear_last_exception(env, &thrown) == napi_ok) {
    napi_fatal_exception(env, thrown);
  }
  napi_close_handle_scope(env, scope);
}

static int control(const struct loop *loop, int operation, int fd, int32_t token, uint32_t events) {
  struct epoll_event event = {.events = events, .data = {.u64 = (uint32_t)token}};
  return epoll_ctl(loop->epoll, operation, fd, &event) < 0 ? -errno : 0;
}

/* loopCreate(): an opaque loop, or -errno. */
static napi_value loop_create(napi_env env, napi_callback_info info) {
  (void)info;
  struct loop *loop = calloc(1, sizeof *loop);
  if (loop == NULL) return give_number(env, -ENOMEM);
  loop->env = env;
  loop->epoll = epoll_create1(EPOLL_CLOEXEC);
  loop->timer = loop->epoll < 0 ? -1 : timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  loop->wall_timer = loop->timer < 0 ? -1 : timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  int error = loop->wall_timer < 0 ? -errno : control(loop, EPOLL_CTL_ADD, loop->timer, TIMER_TOKEN, EPOLLIN);
  if (error == 0) error = control(loop, EPOLL_CTL_ADD, loop->wall_timer, WALL_TIMER_TOKEN, EPOLLIN);
  napi_value result = NULL;
  if (error == 0 && napi_create_external(env, loop, finalize, NULL, &result) != napi_ok) error = -ENOMEM;
  if (error == 0) return result;
  close_loop(loop);
  free(loop);
  return give_number(env, error);
}

/* loopAdd(loop, fd, token, events, urgent: 0 | 1) */
static napi_value loop_add(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  struct loop *loop = call_loop(&call);
  const int fd = call_int(&call, 1);
  const int32_t token = call_int(&call, 2);
  const int added = control(loop, EPOLL_CTL_ADD, fd, token, (uint32_t)call_int(&call, 3));
  if (added == 0 && call_int(&call, 4) != 0 && loop->urgent_count < MAX_URGENT)
    loop->urgent[loop->urgent_count++] = (struct urgent){fd, token};
  return give_number(env, added);
}

/* loopModify(loop, fd, token, events) */
static napi_value loop_modify(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  return give_number(env, control(call_loop(&call), EPOLL_CTL_MOD, call_int(&call, 1), call_int(&call, 2), (uint32_t)call_int(&call, 3)));
}

/* loopRemove(loop, fd, token); -EBADF when its owner closed the descriptor first. */
static napi_value loop_remove(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  struct loop *loop = call_loop(&call);
  const int32_t token = call_int(&call, 2);
  for (size_t i = 0; i < loop->urgent_count; i++) {
    if (loop->urgent[i].token != token) continue;
    loop->urgent[i] = loop->urgent[--loop->urgent_count];
    break;
  }
  return give_number(env, control(loop, EPOLL_CTL_DEL, call_int(&call, 1), token, 0));
}

/* loopArm(loop, instant: bigint): absolute CLOCK_MONOTONIC nanoseconds; 0 disarms. */
static napi_value loop_arm(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const int64_t instant = call_bigint(&call, 1);
  const struct itimerspec when = {.it_value = {instant / 1000000000, instant % 1000000000}};
  return give_number(env, timerfd_settime(call_loop(&call)->timer, TFD_TIMER_ABSTIME, &when, NULL) < 0 ? -errno : 0);
}

/* loopArmRealtime(loop, instant: bigint): absolute CLOCK_REALTIME nanoseconds; 0 disarms. Armed it tells of every set of that
 * clock: by loopDrain, or here with -ECANCELED, and then it is armed all the same. */
static napi_value loop_arm_realtime(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const int64_t instant = call_bigint(&call, 1);
  const struct itimerspec when = {.it_value = {instant / 1000000000, instant % 1000000000}};
  const int flags = instant == 0 ? 0 : TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;
  return give_number(env, timerfd_settime(call_loop(&call)->wall_timer, flags, &when, NULL) < 0 ? -errno : 0);
}

/* What a timer that is readable has to say: EPOLLPRI when its clock was set. */
static int32_t read_timer(int timer) {
  uint64_t expirations;
  while (read(timer, &expirations, sizeof expirations) < 0) {
    if (errno == EINTR) continue;
    return errno == ECANCELED ? EPOLLPRI : EPOLLIN;
  }
  return EPOLLIN;
}

static bool holds(const int32_t *records, size_t count, int32_t token) {
  for (size_t i = 0; i < count; i++) {
    if (records[2 * i] == token) return true;
  }
  return false;
}

/* After a full batch: urgent descriptors that are ready and were not in it. */
static size_t add_urgent(const struct loop *loop, int32_t *records, size_t count, size_t room) {
  struct pollfd polled[MAX_URGENT];
  for (size_t i = 0; i < loop->urgent_count; i++) polled[i] = (struct pollfd){.fd = loop->urgent[i].fd, .events = POLLIN};
  if (poll(polled, loop->urgent_count, 0) <= 0) return count;
  for (size_t i = 0; i < loop->urgent_count && count < room; i++) {
    if (polled[i].revents == 0 || holds(records, count, loop->urgent[i].token)) continue;
    records[2 * count] = loop->urgent[i].token;
    records[2 * count + 1] = polled[i].revents;
    count++;
  }
  return count;
}

/* loopDrain(loop, into: Int32Array): count of {token, events}; token 0 is the timer, 1 that of the wall clock. */
static napi_value loop_drain(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  struct loop *loop = call_loop(&call);
  const struct span into = call_bytes(&call, 1);
  int32_t *records = (int32_t *)(void *)into.data;
  size_t room = into.length / (2 * sizeof(int32_t));
  if (room <= MAX_URGENT) return give_number(env, -EINVAL);
  size_t batch = room - MAX_URGENT;
  if (batch > BATCH) batch = BATCH;
  struct epoll_event events[BATCH];
  const int ready = epoll_wait(loop->epoll, events, (int)batch, 0);
  if (ready < 0) return give_number(env, errno == EINTR ? 0 : -errno);
  size_t count = 0;
  for (int i = 0; i < ready; i++) {
    records[2 * count] = (int32_t)events[i].data.u64;
    records[2 * count + 1] = (int32_t)events[i].events;
    if (records[2 * count] == TIMER_TOKEN) records[2 * count + 1] = read_timer(loop->timer);
    if (records[2 * count] == WALL_TIMER_TOKEN) records[2 * count + 1] = read_timer(loop->wall_timer);
    count++;
  }
  if (count == batch && loop->urgent_count > 0) count = add_urgent(loop, records, count, room);
  return give_number(env, (int64_t)count);
}

/* loopRun(loop, onWake): keeps the process alive until loopStop. */
static napi_value loop_run(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  struct loop *loop = call_loop(&call);
  if (loop->poll != NULL || loop->epoll < 0) return give_number(env, -EBUSY);
  uv_loop_t *node_loop = NULL;
  napi_value name = NULL;
  uv_poll_t *poll = calloc(1, sizeof *poll);
  if (poll == NULL) return give_number(env, -ENOMEM);
  if (napi_get_uv_event_loop(env, &node_loop) != napi_ok || uv_poll_init(node_loop, poll, loop->epoll) != 0) {
    free(poll);
    return give_number(env, -EIO);
  }
  poll->data = loop;
  loop->poll = poll;
  napi_create_reference(env, call.argument[1], 1, &loop->callback);
  napi_create_string_utf8(env, "peinit-loop", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env, NULL, name, &loop->context);
  return give_number(env, uv_poll_start(poll, UV_READABLE, on_wake));
}

/* loopStop(loop): libuv lets go of the set; it can be run again. */
static napi_value loop_stop(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  stop_polling(call_loop(&call));
  return give_number(env, 0);
}

/* loopClose(loop): for good. */
static napi_value loop_close(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  close_loop(call_loop(&call));
  return give_number(env, 0);
}

void define_epoll(napi_env env, napi_value exports) {
  static const struct export list[] = {
    {"loopCreate", loop_create}, {"loopAdd", loop_add},     {"loopModify", loop_modify},
    {"loopRemove", loop_remove}, {"loopArm", loop_arm},     {"loopArmRealtime", loop_arm_realtime},
    {"loopDrain", loop_drain},   {"loopRun", loop_run},     {"loopStop", loop_stop},
    {"loopClose", loop_close},
  };
  DEFINE_EXPORTS(env, exports, list);
}
