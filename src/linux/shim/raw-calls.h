/*
 * System calls without libc, for the child: libc's wrappers write errno of the thread the child was cloned from, and its
 * setuid family signals all threads of a process the child is no part of. All return -errno on failure.
 */
#ifndef PEINIT_RAW_CALLS_H
#define PEINIT_RAW_CALLS_H

#ifndef __x86_64__
#error "raw system calls are written for x86_64"
#endif

static inline __attribute__((always_inline)) long raw5(long number, long a, long b, long c, long d, long e) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
  return result;
}

#define RAW0(number) raw5((number), 0, 0, 0, 0, 0)
#define RAW1(number, a) raw5((number), (long)(a), 0, 0, 0, 0)
#define RAW2(number, a, b) raw5((number), (long)(a), (long)(b), 0, 0, 0)
#define RAW3(number, a, b, c) raw5((number), (long)(a), (long)(b), (long)(c), 0, 0)
#define RAW4(number, a, b, c, d) raw5((number), (long)(a), (long)(b), (long)(c), (long)(d), 0)
#define RAW5(number, a, b, c, d, e) raw5((number), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))

#endif
