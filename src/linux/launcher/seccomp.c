/*
 * The filter of system calls that Docker and podman put around a container by default, as far as one with the default capabilities can
 * tell. What they leave out of their list of allowed calls is refused with EPERM; clone3 does not exist (its flags lie in memory, where a
 * filter cannot look), and neither does what is younger than the list.
 */
#include "launcher.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the numbers of this architecture's system calls are not known here"
#endif

enum { NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET };
/* mseal: the youngest call that the list knows. */
enum { YOUNGEST = 462 };

/* What needs a capability that the default set has not, and what no container needs. */
static const int refused[] = {
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_open_tree, SYS_move_mount, SYS_mount_setattr, SYS_fsopen, SYS_fsconfig, SYS_fsmount,
    SYS_fspick, SYS_quotactl, SYS_swapon, SYS_swapoff, SYS_open_by_handle_at, SYS_fanotify_init, SYS_acct,
    SYS_setns, SYS_unshare, SYS_sethostname, SYS_setdomainname, SYS_reboot, SYS_kexec_load, SYS_init_module, SYS_finit_module,
    SYS_delete_module, SYS_syslog, SYS_settimeofday, SYS_clock_settime, SYS_vhangup,
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_kcmp, SYS_pidfd_getfd, SYS_process_madvise, SYS_io_uring_setup, SYS_io_uring_enter,
    SYS_io_uring_register, SYS_keyctl, SYS_add_key, SYS_request_key,
    SYS_mbind, SYS_get_mempolicy, SYS_set_mempolicy, SYS_migrate_pages, SYS_move_pages,
#ifdef SYS_quotactl_fd
    SYS_quotactl_fd,
#endif
#ifdef SYS_set_mempolicy_home_node
    SYS_set_mempolicy_home_node,
#endif
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
#ifdef SYS_iopl
    SYS_iopl, SYS_ioperm, SYS_uselib, SYS_ustat, SYS_sysfs, SYS__sysctl,
#endif
#ifdef SYS_lookup_dcookie
    SYS_lookup_dcookie,
#endif
};

struct program {
  struct sock_filter code[192];
  unsigned short length;
};

static void add(struct program *program, struct sock_filter instruction) {
  if (program->length == sizeof program->code / sizeof *program->code) fail(STATUS_FAILED, "the filter of system calls is too long");
  program->code[program->length++] = instruction;
}

static void load(struct program *program, size_t offset) {
  add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void answer(struct program *program, uint32_t action) {
  add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* The lower half of an argument: flags, families and modes are no wider. */
static size_t argument(int index) { return offsetof(struct seccomp_data, args) + (size_t)index * 8; }

/* The next `skipped` instructions are for this call only. */
static void only_for(struct program *program, int call, unsigned char skipped) {
  add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, skipped));
}

static void refuse_namespaces(struct program *program, int call) {
  only_for(program, call, 4);
  load(program, argument(0));
  add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NAMESPACES, 0, 1));
  answer(program, SECCOMP_RET_ERRNO | EPERM);
  answer(program, SECCOMP_RET_ALLOW);
}

static void refuse_value(struct program *program, int call, int index, uint32_t value) {
  only_for(program, call, 4);
  load(program, argument(index));
  add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
  answer(program, SECCOMP_RET_ERRNO | EPERM);
  answer(program, SECCOMP_RET_ALLOW);
}

/*
 * Docker lets device nodes be made and has the devices cgroup refuse to open them. Here the making is refused: a node would reach the host.
 */
static void refuse_devices(struct program *program, int call, int index) {
  only_for(program, call, 6);
  load(program, argument(index));
  add(program, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, S_IFMT));
  add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, S_IFBLK, 1, 0));
  add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, S_IFCHR, 0, 1));
  answer(program, SECCOMP_RET_ERRNO | EPERM);
  answer(program, SECCOMP_RET_ALLOW);
}

/* For this process and all that it starts. Needs CAP_SYS_ADMIN, since no_new_privs stays off, as it does in Docker. */
void filter_calls(void) {
  static struct program program;
  program.length = 0;
  load(&program, offsetof(struct seccomp_data, arch));
  add(&program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
  answer(&program, SECCOMP_RET_ERRNO | ENOSYS); /* programs for other architectures: none is booted */
  load(&program, offsetof(struct seccomp_data, nr));
  add(&program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, YOUNGEST, 0, 1));
  answer(&program, SECCOMP_RET_ERRNO | ENOSYS);
  only_for(&program, SYS_clone3, 1);
  answer(&program, SECCOMP_RET_ERRNO | ENOSYS);
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    only_for(&program, refused[i], 1);
    answer(&program, SECCOMP_RET_ERRNO | EPERM);
  }
  refuse_namespaces(&program, SYS_clone);
  refuse_value(&program, SYS_socket, 0, AF_VSOCK);
#ifdef SYS_mknod
  refuse_devices(&program, SYS_mknod, 1);
#endif
  refuse_devices(&program, SYS_mknodat, 2);
  answer(&program, SECCOMP_RET_ALLOW);
  struct sock_fprog filter = {.len = program.length, .filter = program.code};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) < 0)
    fail(errno == EINVAL || errno == ENOSYS ? STATUS_HOST : STATUS_FAILED, "cannot filter system calls as a container runtime does: %m");
}
