/* Messages, lists, small files and paths. */
#include "launcher.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Called before fail() ends the process; each process of a sandbox has its own. */
void (*last_words)(int status);

/* What ends a message; a terminal in raw mode needs more than a newline. */
const char *line_end = "\n";

static void say_list(const char *format, va_list arguments) {
  char text[4096];
  int error = errno;
  int length = snprintf(text, sizeof text, "peinit-sandbox: ");
  errno = error; /* for %m */
  length += vsnprintf(text + length, sizeof text - (size_t)length - 2, format, arguments);
  if (length > (int)sizeof text - 3) length = (int)sizeof text - 3;
  length += snprintf(text + length, 3, "%s", line_end);
  if (write(STDERR_FILENO, text, (size_t)length) < 0) return; /* nobody is left to tell */
}

void say(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say_list(format, arguments);
  va_end(arguments);
}

void fail(int status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say_list(format, arguments);
  va_end(arguments);
  if (last_words) last_words(status);
  _exit(status);
}

void *allocate(size_t size) {
  void *memory = calloc(1, size);
  if (!memory) fail(STATUS_FAILED, "out of memory");
  return memory;
}

char *format_text(const char *format, ...) {
  char *text;
  va_list arguments;
  va_start(arguments, format);
  int length = vasprintf(&text, format, arguments);
  va_end(arguments);
  if (length < 0) fail(STATUS_FAILED, "out of memory");
  return text;
}

void list_add(struct list *list, const char *item) {
  char **items = realloc(list->items, (list->count + 2) * sizeof *items);
  if (!items) fail(STATUS_FAILED, "out of memory");
  items[list->count++] = format_text("%s", item);
  items[list->count] = NULL;
  list->items = items;
}

/* Writes `text` into an existing file in one call. 0 or -errno. */
int write_file(int directory, const char *path, const char *text) {
  int fd = openat(directory, path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  ssize_t written = write(fd, text, strlen(text));
  int error = written < 0 ? -errno : 0;
  close(fd);
  return error;
}

/* Up to size - 1 bytes, with a terminating zero. Their number or -errno. */
int read_text(int directory, const char *path, char *into, size_t size) {
  int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  size_t length = 0;
  ssize_t got;
  while (length < size - 1 && (got = read(fd, into + length, size - 1 - length)) > 0) length += (size_t)got;
  close(fd);
  into[length] = '\0';
  return (int)length;
}

/* mkdir -p. 0 or -errno. */
int make_directories(const char *path, mode_t mode) {
  char part[PATH_MAX];
  if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part) return -ENAMETOOLONG;
  for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    if (mkdir(part, 0755) < 0 && errno != EEXIST && errno != EROFS) return -errno;
    *slash = '/';
  }
  if (mkdir(part, mode) == 0) return 0;
  int error = errno;
  struct stat info;
  return stat(part, &info) == 0 && S_ISDIR(info.st_mode) ? 0 : -error;
}

/* `path` is `ancestor` or lies below it. */
bool path_within(const char *path, const char *ancestor) {
  size_t length = strlen(ancestor);
  while (length > 0 && ancestor[length - 1] == '/') length--;
  return strncmp(path, ancestor, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

int64_t monotonic_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* mountinfo writes space, tab, newline and backslash as three octal digits. */
static char *unescape(char *field) {
  char *to = field;
  for (const char *from = field; *from; to++) {
    if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] && from[3]) {
      *to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
      from += 4;
    } else {
      *to = *from++;
    }
  }
  *to = '\0';
  return field;
}

/* The mounts of this process, oldest first. */
size_t read_mounts(struct mount_point **mounts) {
  FILE *file = fopen("/proc/self/mountinfo", "re");
  if (!file) fail(STATUS_HOST, "cannot read /proc/self/mountinfo: %m. Mount proc on /proc.");
  size_t count = 0;
  char *line = NULL;
  size_t size = 0;
  *mounts = NULL;
  while (getline(&line, &size, file) > 0) {
    char *rest = line, *fields[5] = {0};
    for (int i = 0; i < 5; i++) fields[i] = strsep(&rest, " ");
    char *separator = rest ? strstr(rest, " - ") : NULL;
    if (!separator) continue;
    char *type = separator + 3;
    type[strcspn(type, " \n")] = '\0';
    struct mount_point *grown = realloc(*mounts, (count + 1) * sizeof *grown);
    if (!grown) fail(STATUS_FAILED, "out of memory");
    *mounts = grown;
    grown[count++] = (struct mount_point){
        .target = format_text("%s", unescape(fields[4])), .root = format_text("%s", unescape(fields[3])), .type = format_text("%s", type)};
  }
  free(line);
  fclose(file);
  return count;
}
