/*
 * peinit-helper: calls on paths that may hang, made in a process and a cgroup of their own so that PID 1 never waits for
 * them. Static and without a C library: starting it costs little more than exec itself. DEF-064.
 *
 *   peinit-helper check CHECK...                          CHECK is a kind and a path: p/any/type  f/regular/file  d/directory
 *       writes one byte for each CHECK, in order and as soon as it is known: 1 passes, 0 does not, ? could not be told
 *       (an error other than "there is no such path")
 *   peinit-helper stat PATH
 *       writes ERRNO, or "0 MODE UID GID MAJOR MINOR SIZE", all decimal, and a newline; follows symbolic links
 *   peinit-helper read PATH
 *       writes ERRNO, or "0 LENGTH WHOLE", and a newline, then LENGTH bytes of that regular file; WHOLE is 0 where it has more
 *   peinit-helper place KIND PATH UID GID MODE EXISTING   KIND is d/directory or f/regular file
 *       makes it, or takes what is there; place.c says how. Writes "0 1" when it was made, "0 0" when it was there, or ERRNO and
 *       the number of the step that failed, and a newline
 *   peinit-helper replace PATH MODE TEXT                  MODE decimal
 *       puts TEXT in the place of that file, as replace.c says; writes ERRNO and a newline
 *
 * Everything goes to standard output. Exit status: 0 when the answer was written, 2 for wrong arguments.
 * src/kernel/helper-protocol.ts builds the arguments and reads the answers.
 *
 * The steps of a mount are jobs, and tell by their exit status what became of them (mounts.c):
 *
 *   peinit-helper wait PATH                               until it is there
 *   peinit-helper fsck TYPE DEVICE                        becomes fsck.TYPE -a DEVICE
 *   peinit-helper mount SOURCE TARGET TYPE FLAGS DATA     FLAGS decimal as in mount(2); an empty TYPE or DATA is none
 *   peinit-helper umount TARGET
 *   peinit-helper sync | syncfs                           all, or the root alone
 */
#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/errno.h>
#include <linux/stat.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "../shim/raw-calls.h"
#include "helper.h"
#include "place.h"
#include "replace.h"

struct output {
  char bytes[160];
  size_t length;
};

__asm__(".text\n"
        ".globl _start\n"
        "_start:\n"
        "  xor %ebp, %ebp\n"
        "  mov %rsp, %rdi\n"
        "  and $-16, %rsp\n"
        "  call start\n"
        "  hlt\n");

_Noreturn void leave(int status) {
  for (;;) RAW1(SYS_exit_group, status);
}

void write_to(int file, const char *bytes, size_t length) {
  while (length > 0) {
    const long written = RAW3(SYS_write, file, bytes, length);
    if (written == -EINTR) continue;
    if (written <= 0) leave(1);
    bytes += written;
    length -= (size_t)written;
  }
}

static void write_out(const char *bytes, size_t length) { write_to(1, bytes, length); }

static void add_number(struct output *output, uint64_t value) {
  char reversed[20];
  size_t digits = 0;
  do {
    reversed[digits++] = (char)('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (digits > 0) output->bytes[output->length++] = reversed[--digits];
}

static void answer(const uint64_t *numbers, size_t count) {
  struct output output = {{0}, 0};
  for (size_t i = 0; i < count; i++) {
    if (i > 0) output.bytes[output.length++] = ' ';
    add_number(&output, numbers[i]);
  }
  output.bytes[output.length++] = '\n';
  write_out(output.bytes, output.length);
}

static void answer_errno(long result) {
  const uint64_t number = result < 0 ? (uint64_t)-result : 0;
  answer(&number, 1);
}

int same(const char *left, const char *right) {
  while (*left != '\0' && *left == *right) left++, right++;
  return *left == *right;
}

int parse_number(const char *text, unsigned long *value) {
  unsigned long result = 0;
  if (*text == '\0') return 0;
  for (; *text != '\0'; text++) {
    if (*text < '0' || *text > '9' || result > (~0UL - 9) / 10) return 0;
    result = result * 10 + (unsigned long)(*text - '0');
  }
  *value = result;
  return 1;
}

static char check_one(const char *check) {
  struct stat found;
  const char *path = check + 1;
  const long result = RAW2(SYS_stat, path, &found);
  if (result == -ENOENT || result == -ENOTDIR) return '0';
  if (result < 0) return '?';
  if (check[0] == 'f') return S_ISREG(found.st_mode) ? '1' : '0';
  if (check[0] == 'd') return S_ISDIR(found.st_mode) ? '1' : '0';
  return '1';
}

static int run_check(char **arguments, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const char kind = arguments[i][0];
    if (kind != 'p' && kind != 'f' && kind != 'd') return 2;
  }
  for (size_t i = 0; i < count; i++) {
    const char verdict = check_one(arguments[i]);
    write_out(&verdict, 1);
  }
  return 0;
}

static int run_stat(char **arguments, size_t count) {
  struct stat found;
  if (count != 1) return 2;
  const long result = RAW2(SYS_stat, arguments[0], &found);
  if (result < 0) {
    answer_errno(result);
    return 0;
  }
  const uint64_t major = (found.st_dev >> 8 & 0xfff) | (found.st_dev >> 32 & ~0xfffUL);
  const uint64_t minor = (found.st_dev & 0xff) | (found.st_dev >> 12 & ~0xffUL);
  const uint64_t numbers[] = {0, found.st_mode, found.st_uid, found.st_gid, major, minor, (uint64_t)found.st_size};
  answer(numbers, sizeof numbers / sizeof numbers[0]);
  return 0;
}

/* As in helper-protocol.ts. */
#define FILE_LIMIT 61440

static int run_read(char **arguments, size_t count) {
  static char bytes[FILE_LIMIT + 1];
  struct stat found;
  if (count != 1) return 2;
  /* A pipe without a writer would be waited for. */
  const long file = RAW3(SYS_open, arguments[0], O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
  long result = file < 0 ? file : RAW2(SYS_fstat, file, &found);
  if (result >= 0 && !S_ISREG(found.st_mode)) result = -EINVAL;
  size_t length = 0;
  while (result >= 0 && length < sizeof bytes) {
    result = RAW3(SYS_read, file, bytes + length, sizeof bytes - length);
    if (result == -EINTR) result = 0;
    else if (result > 0) length += (size_t)result;
    else break;
  }
  if (result < 0) {
    answer_errno(result);
    return 0;
  }
  const uint64_t whole = length <= FILE_LIMIT;
  if (!whole) length = FILE_LIMIT;
  const uint64_t numbers[] = {0, length, whole};
  answer(numbers, sizeof numbers / sizeof numbers[0]);
  write_out(bytes, length);
  return 0;
}

static int run_place(char **arguments, size_t count) {
  struct wanted wanted = {0};
  unsigned long numbers[4];
  if (count != 6 || (!same(arguments[0], "d") && !same(arguments[0], "f"))) return 2;
  for (size_t i = 0; i < 4; i++)
    if (!parse_number(arguments[2 + i], &numbers[i]) || numbers[i] > UINT32_MAX) return 2;
  wanted.is_directory = arguments[0][0] == 'd';
  wanted.uid = (uint32_t)numbers[0];
  wanted.gid = (uint32_t)numbers[1];
  wanted.mode = (uint32_t)numbers[2];
  wanted.of_existing = numbers[3] != 0;
  const struct placed placed = place(arguments[1], &wanted);
  const uint64_t answered[] = {(uint64_t)placed.error, placed.error == 0 ? (uint64_t)placed.made : (uint64_t)placed.step};
  answer(answered, 2);
  return 0;
}

static int run_replace(char **arguments, size_t count) {
  unsigned long mode;
  if (count != 3 || !parse_number(arguments[1], &mode)) return 2;
  answer_errno(replace(arguments[0], mode, arguments[2]));
  return 0;
}

__attribute__((used)) _Noreturn void start(const uint64_t *stack);

_Noreturn void start(const uint64_t *stack) {
  const size_t count = (size_t)stack[0];
  char **arguments = (char **)(uintptr_t)(stack + 1);
  if (count < 2) leave(2);
  const char *command = arguments[1];
  if (same(command, "check")) leave(run_check(arguments + 2, count - 2));
  if (same(command, "wait")) leave(run_wait(arguments + 2, count - 2));
  if (same(command, "fsck")) leave(run_fsck(arguments + 2, count - 2, arguments + count + 1));
  if (same(command, "mount")) leave(run_mount(arguments + 2, count - 2));
  if (same(command, "sync") || same(command, "syncfs")) leave(run_sync(count - 2, same(command, "syncfs")));
  if (same(command, "umount")) leave(run_umount(arguments + 2, count - 2));
  if (same(command, "place")) leave(run_place(arguments + 2, count - 2));
  if (same(command, "read")) leave(run_read(arguments + 2, count - 2));
  if (same(command, "replace")) leave(run_replace(arguments + 2, count - 2));
  if (same(command, "stat")) leave(run_stat(arguments + 2, count - 2));
  leave(2);
}
