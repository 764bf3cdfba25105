/*
 * The sandbox launcher: a private machine in namespaces of this host.
 *
 * Three processes make a sandbox:
 *   launcher  what the user started: console, Ctrl-C, COMMAND, the exit status;
 *   keeper    its child, in a session and a mount namespace of its own, parent of PID 1. It holds what outlives a reboot
 *             (the upper layer of the root) and removes the sandbox when PID 1 or the launcher has ended;
 *   PID 1     lives in the sandbox's own cgroup and namespaces and dies with the keeper (PDEATHSIG).
 * Whichever of them is killed, the others remove cgroup and record. When all die at once, the next run sweeps the rest: a
 * record is locked for as long as launcher or keeper live.
 *
 * The keeper's root is the scaffold, a tmpfs that holds detached copies of everything a boot needs:
 *   /lower/N /layer/N   lower layers         /store/{upper,mounts,work}  upper layers (a tmpfs, or the directory of --keep)
 *   /graft/N            read-only binds      /dev/NAME /console          device nodes
 *   /root               where a boot puts its root together
 * So a boot touches no path of the host any more.
 */
#ifndef PEINIT_LAUNCHER_H
#define PEINIT_LAUNCHER_H

#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/* Exit statuses of the launcher's own (O-17); any other is COMMAND's or PID 1's. */
enum { STATUS_REFUSED = 2, STATUS_HOST = 3, STATUS_FAILED = 125 };

/* peinit asks by its status to be booted again: on request, or after a critical service failed for good (src/boot/exit-status.ts). */
enum { STATUS_REBOOT_AFTER_FAILURE = 132, STATUS_REBOOT = 133 };

struct list {
  char **items;
  size_t count;
};

/* What a machine finds: this host's own powers, or a container runtime's (--container). */
enum container { CONTAINER_NONE, CONTAINER_DOCKER, CONTAINER_ROOTLESS };

enum verb { VERB_RUN, VERB_EXEC, VERB_LIST, VERB_HELP, VERB_VERSION };

struct options {
  enum verb verb;
  struct list seeds;      /* --registry FILE */
  struct list words;      /* --cmdline, split */
  struct list layers;     /* --layer DIR */
  struct list init_words; /* --init-arg */
  const char *init;       /* --init PATH, NULL: peinit */
  const char *root;       /* --root DIR, NULL: the host's */
  const char *name;
  const char *keep;
  const char *runtime;
  const char *project;
  char **command; /* COMMAND and its arguments, NULL: foreground */
  unsigned settle_timeout_seconds;
  enum container container;
  bool host_cgroups; /* --cgroupns host: no cgroup namespace of its own */
  bool base;
  bool reboot;
  bool show_console;
  bool json;
};

/* A registry file: read whole into a sealed memfd, named in messages as the user named it. */
struct seed {
  int fd;
  const char *name;
};

/* The sandbox's cgroup: `name` below the directory `parent`, which is -1 where none can be made. */
struct cgroup {
  int parent;
  int fd;
  char name[128];
  char path[PATH_MAX];
};

/* What others know of a sandbox: a locked file in the records directory. */
struct record {
  int directory;
  int fd;
  char name[80];
};

struct console {
  bool terminal; /* a pty; otherwise a fifo */
  int master;    /* the launcher's end: pty master, or the fifo opened for both */
  int slave;
  char slave_path[64];
};

/* A part of the root made by an overlay of its own, or a plain directory or symbolic link of its own. */
enum piece_kind { PIECE_OVERLAY, PIECE_DIRECTORY, PIECE_LINK };
struct piece {
  enum piece_kind kind;
  char *path;  /* inside, "" for the root itself */
  char *upper; /* below /store */
  char *work;  /* below /store/work; of a link: its target */
  mode_t mode;
  int tree; /* detached copy of the lower directory, then its number below /lower */
};

struct graft {
  char *path; /* inside */
  int tree;
  bool file;
};

struct tree {
  struct piece *pieces;
  size_t piece_count;
  struct graft *grafts;
  size_t graft_count;
  int scaffold;           /* root of the scaffold */
  bool own_run, own_shm;  /* something is bound below /run, /dev/shm: the launcher mounts it */
  bool shared_tmp;        /* the working directory is /tmp: show what lies there */
};

struct machine {
  struct options options;
  struct seed *seeds;
  size_t seed_count;
  char seed_digest[65];
  struct cgroup cgroup;
  struct record record;
  struct console console;
  struct tree tree;
  struct rlimit nofile; /* as inherited by the launcher (EXEC-040) */
  char *directory;      /* the caller's working directory */
  bool user;            /* in a user namespace of its own: an ordinary user's, or a rootless container */
  bool image;           /* a container's root that brings its own peinit: nothing of this host is put into it */
  uid_t uid;
  gid_t gid;
};

/* text.c: messages, lists, files */
extern void (*last_words)(int status);
extern const char *line_end;
_Noreturn void fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void *allocate(size_t size);
char *format_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
void list_add(struct list *list, const char *item);
int write_file(int directory, const char *path, const char *text);
int read_text(int directory, const char *path, char *into, size_t size);
int make_directories(const char *path, mode_t mode);
bool path_within(const char *path, const char *ancestor);
int64_t monotonic_ms(void);
struct mount_point {
  char *target, *root, *type;
};
size_t read_mounts(struct mount_point **mounts);

/* options.c */
void parse_options(struct options *options, int argc, char **argv);
void print_help(void);

/* loader.c */
const char *why_not_executed(const char *path);

/* host.c: what this host permits */
void check_host(struct machine *machine);
void drop_capabilities(void);
void keep_capabilities(uint64_t kept);
struct confinement {
  bool known;
  uint64_t capabilities; /* bounding set */
  bool filtered;
};
struct confinement confinement_of(pid_t init);
void confine(const struct confinement *confinement);
void reset_signals(void);

/* users.c */
void enter_user_namespace(const struct machine *machine);
_Noreturn void fail_user_namespace(const char *what);

/* container.c, seccomp.c: what a container runtime sets up and takes away */
void container_guard_proc(void);
void container_mounts(bool own_cgroups);
void container_confine(void);
void filter_calls(void);

/* cgroup.c */
void cgroup_find(struct machine *machine);
void cgroup_make(struct cgroup *cgroup);
int cgroup_remove(const struct cgroup *cgroup);
int cgroup_remove_path(const char *path);
int cgroup_open_commands(int cgroup);

/* record.c */
void record_claim(struct machine *machine);
void record_write(struct machine *machine, pid_t keeper, pid_t init);
void record_remove(struct record *record);
bool record_keeps(const struct record *own, int keep);
bool wait_for_end(int *waited_ms);
int record_list(bool json);
pid_t record_find(const char *name, int *pidfd, int *cgroup);

/* seeds.c, sha256.c */
void seeds_load(struct machine *machine);
void seeds_import(struct machine *machine);
struct sha256 {
  uint32_t state[8];
  uint64_t bytes;
  uint8_t block[64];
};
void sha256_start(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *data, size_t size);
void sha256_hex(struct sha256 *hash, char hex[65]);

/* tree.c, graft.c: in the keeper */
void tree_prepare(struct machine *machine);
void collect_grafts(struct machine *machine);
void collect_pieces(struct machine *machine);
bool holds_own_path(const char *path);
bool hides_of_host(const struct options *options, const char *path);
bool is_disk_mount(const struct mount_point *mount);

/* boot.c: PID 1 up to its exec. Never returns. */
_Noreturn void boot(struct machine *machine);
extern const char *const device_names[];
void link_commands(void);

/* keeper.c. What keeper and launcher tell each other. */
enum note_kind { NOTE_CONSOLE, NOTE_BOOTED, NOTE_REBOOTING, NOTE_ENDED, NOTE_FAILED };
struct note {
  enum note_kind kind;
  int pid;    /* BOOTED */
  int code;   /* ENDED: CLD_ */
  int status; /* ENDED, FAILED */
};
enum { ORDER_LAST_BOOT = 0 }; /* an order is a signal for PID 1, or this: do not boot again */
_Noreturn void keeper(struct machine *machine, int launcher);

/* launch.c, console.c */
int launch(struct machine *machine);
void console_open(struct machine *machine);
void console_raw(bool raw);
void console_resize(const struct console *console);
void console_relay(struct machine *machine, bool drain);
void console_show_kept(void);
bool console_is_held(const struct console *console);

/* enter.c */
enum command_event { COMMAND_STARTED, COMMAND_ENDED, COMMAND_SHUTDOWN_REFUSED };
struct command_note {
  enum command_event event;
  int status;
};
pid_t start_command(struct machine *machine, pid_t init, int report, bool leads);
bool has_terminal(void);
void retake_terminal(void);
int enter_by_name(const struct options *options, const char *directory);

/* control.c: a client of the control socket, inside */
enum settled { SETTLED, SETTLED_LATE, SETTLED_NEVER };
enum settled wait_until_settled(unsigned timeout_seconds);
bool request_shutdown(void);

#endif
