/*
 * Closes that may sleep, aside from the loop: of a socket with SO_LINGER, of a file in a filesystem that a program serves (flush at every
 * close). Nothing that could be asked about a descriptor first tells which is which: fstat may sleep itself, a unix socket may hold such a
 * one in its queue, a pipe's end waits for whoever writes into it from such memory. So all go aside that a stranger gave.
 */
#include "shim.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "closer.h"

enum { MOST_CLOSERS = 64, STACK_BYTES = 65536, IDLE_SECONDS = 2 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t handed = PTHREAD_COND_INITIALIZER;

/* All of this under the mutex, which nobody holds over a call that sleeps. `waiting` is a ring. */
static int *waiting;
static size_t capacity, first, count;
static unsigned closers, idle;

static int take(void) {
  const int fd = waiting[first];
  first = (first + 1) % capacity;
  count--;
  return fd;
}

/* False: there is no room. */
static bool put(int fd) {
  if (count == capacity) {
    const size_t wider = capacity == 0 ? 64 : capacity * 2;
    int *moved = malloc(wider * sizeof *moved);
    if (moved == NULL) return false;
    for (size_t i = 0; i < count; i++) moved[i] = waiting[(first + i) % capacity];
    free(waiting);
    waiting = moved;
    capacity = wider;
    first = 0;
  }
  waiting[(first + count++) % capacity] = fd;
  return true;
}

/* Whether there is something to take. One closer waits for ever, without a timer; whoever is idle beside it ends after a while. */
static bool wait_for_work(void) {
  struct timespec end;
  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_sec += IDLE_SECONDS;
  bool expired = false;
  idle++;
  while (count == 0 && !(expired && idle > 1)) {
    if (idle == 1) pthread_cond_wait(&handed, &mutex);
    else expired = pthread_cond_clockwait(&handed, &mutex, CLOCK_MONOTONIC, &end) == ETIMEDOUT;
  }
  idle--;
  return count > 0;
}

static void *closer(void *unused) {
  prctl(PR_SET_NAME, "closer");
  pthread_mutex_lock(&mutex);
  while (count > 0 || wait_for_work()) {
    const int fd = take();
    pthread_mutex_unlock(&mutex);
    close(fd);
    pthread_mutex_lock(&mutex);
  }
  closers--;
  pthread_mutex_unlock(&mutex);
  return unused;
}

/* With every signal blocked from its first instruction on: those of PID 1 are for the thread of the loop. */
bool start_aside(void *(*run)(void *), void *data) {
  pthread_attr_t attributes;
  pthread_t thread;
  sigset_t all, before;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const bool started = pthread_create(&thread, &attributes, run, data) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return started;
}

void close_aside(int fd) {
  pthread_mutex_lock(&mutex);
  bool left = put(fd);
  if (left && count <= idle) pthread_cond_signal(&handed);
  else if (left && closers < MOST_CLOSERS && start_aside(closer, NULL)) closers++;
  /* There can be no thread: better here than never. */
  if (left && closers == 0) {
    fd = take();
    left = false;
  }
  pthread_mutex_unlock(&mutex);
  if (!left) close(fd);
}

/* closeAside(fd): 0, or -EBADF. */
static napi_value close_descriptor_aside(napi_env env, napi_callback_info info) {
  struct call call;
  call_open(&call, env, info);
  const int fd = call_int(&call, 0);
  if (fd < 0) return give_number(env, -EBADF);
  close_aside(fd);
  return give_number(env, 0);
}

/* waitingCloses(): how many were handed aside that no closer has taken yet. */
static napi_value waiting_closes(napi_env env, napi_callback_info info) {
  (void)info;
  pthread_mutex_lock(&mutex);
  const size_t now = count;
  pthread_mutex_unlock(&mutex);
  return give_number(env, (int64_t)now);
}

void define_closer(napi_env env, napi_value exports) {
  static const struct export list[] = {
    {"closeAside", close_descriptor_aside},
    {"waitingCloses", waiting_closes},
  };
  DEFINE_EXPORTS(env, exports, list);
}
