/*
 * The machine's console. In the foreground on a terminal it is a pty, relayed to the terminal; otherwise a fifo, relayed to
 * standard output. With COMMAND its last part is kept back and shown when the boot fails.
 */
#include "launcher.h"

#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { KEPT_BYTES = 65536 };

static struct termios terminal_before;
static bool terminal_is_raw, output_is_gone;
static char kept[KEPT_BYTES];
static size_t kept_total;

void console_open(struct machine *machine) {
  struct console *console = &machine->console;
  console->master = console->slave = -1;
  console->terminal = !machine->options.command && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
  if (!console->terminal) return; /* the keeper makes the fifo and sends it */
  struct winsize size = {0};
  ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
  if (openpty(&console->master, &console->slave, console->slave_path, NULL, &size) < 0)
    fail(STATUS_FAILED, "cannot open a pty for the console: %m");
  fcntl(console->master, F_SETFD, FD_CLOEXEC);
  fcntl(console->slave, F_SETFD, FD_CLOEXEC);
  fcntl(console->master, F_SETFL, O_RDWR | O_NONBLOCK);
}

void console_resize(const struct console *console) {
  struct winsize size;
  if (console->terminal && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) ioctl(console->master, TIOCSWINSZ, &size);
}

static void restore_terminal(void) { console_raw(false); }

/* The terminal passes keys on at once, and leaves it to the console's own pty what becomes of them and of the output. */
void console_raw(bool raw) {
  if (raw == terminal_is_raw) return;
  if (raw) {
    if (tcgetattr(STDIN_FILENO, &terminal_before) < 0) return;
    struct termios mode = terminal_before;
    cfmakeraw(&mode);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &mode);
    atexit(restore_terminal);
  } else {
    tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal_before);
  }
  terminal_is_raw = raw;
  line_end = raw ? "\r\n" : "\n";
}

/* A program inside, a shell say, has the console as its terminal and wants Ctrl-C itself. */
bool console_is_held(const struct console *console) {
  pid_t group = 0;
  return console->terminal && ioctl(console->master, TIOCGSID, &group) == 0 && group > 0;
}

static void write_out(int fd, const char *bytes, size_t length) {
  while (length > 0 && !output_is_gone) {
    ssize_t written = write(fd, bytes, length);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      output_is_gone = true; /* the machine goes on without a reader */
      return;
    }
    bytes += written;
    length -= (size_t)written;
  }
}

static void keep(const char *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) kept[kept_total++ % KEPT_BYTES] = bytes[i];
}

void console_show_kept(void) {
  size_t begin = kept_total > KEPT_BYTES ? kept_total - KEPT_BYTES : 0;
  output_is_gone = false;
  for (size_t at = begin; at < kept_total;) {
    size_t offset = at % KEPT_BYTES, length = KEPT_BYTES - offset < kept_total - at ? KEPT_BYTES - offset : kept_total - at;
    write_out(STDERR_FILENO, kept + offset, length);
    at += length;
  }
}

/* Passes on what there is; `drain`: until there is nothing more. */
void console_relay(struct machine *machine, bool drain) {
  char bytes[65536];
  ssize_t got;
  while (machine->console.master >= 0 && (got = read(machine->console.master, bytes, sizeof bytes)) > 0) {
    if (!machine->options.command) write_out(STDOUT_FILENO, bytes, (size_t)got);
    else if (machine->options.show_console) write_out(STDERR_FILENO, bytes, (size_t)got);
    else keep(bytes, (size_t)got);
    if (!drain) return;
  }
}
