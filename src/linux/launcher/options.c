/* The command line. */
#include "launcher.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: peinit-sandbox [OPTION]... [-- COMMAND [ARGUMENT]...]\n"
    "       peinit-sandbox exec NAME -- COMMAND [ARGUMENT]...\n"
    "       peinit-sandbox list [--json]\n"
    "\n"
    "Boots a private machine on this host with peinit as PID 1. Its root is a throwaway overlay over the host's root: the\n"
    "host's programs are there, and nothing done inside lasts. Without COMMAND the machine stays in the foreground; Ctrl-C\n"
    "asks it to end, three times forces it. With COMMAND it waits until the machine has settled, runs COMMAND inside as\n"
    "SYSTEM in the caller's working directory, powers off, and exits with COMMAND's status.\n"
    "\n"
    "  --registry FILE       import this registry file (JSON or YAML) before PID 1 starts; repeatable, later files win\n"
    "  --no-base             leave out the base registry (schema version and platform services)\n"
    "  --cmdline \"k=v ...\"   kernel-style parameters for peinit; repeatable\n"
    "  --root DIR            lower layer of the root instead of the host's root\n"
    "  --name NAME           name of the machine, also its host name; letters, digits, dot, dash, underscore\n"
    "  --keep DIR            keep what the machine writes in DIR; what a machine left there is found again\n"
    "  --container KIND      as in a container without privileges: docker (a plain docker run) or rootless (with ids of its own)\n"
    "  --cgroupns KIND       with --container: private (a cgroup namespace of its own) or host\n"
    "  --reboot              boot again when the machine reboots, instead of ending\n"
    "  --settle-timeout S    seconds to wait for the machine to settle before COMMAND (120); then names who is late\n"
    "  --version             the version\n"
    "\n"
    "For development:\n"
    "  --console             with COMMAND: show the machine's console on standard error (otherwise only when a boot fails)\n"
    "  --layer DIR           a further read-only layer above the root's; repeatable, later ones on top\n"
    "  --init PATH           run this program as PID 1 instead of peinit; the base registry is left out\n"
    "  --init-arg ARGUMENT   an argument for it; repeatable\n"
    "  --runtime DIR         what becomes /usr/lib/peinit inside (build/runtime)\n"
    "  --project DIR         directory that is bound read-only inside, like the working directory\n"
    "\n"
    "Exit status: COMMAND's own (128+n when signal n ended it or came before it, 127 when it was not found); without COMMAND\n"
    "0 after power-off, halt or reboot. 2: a usage error, or a registry file that cannot be imported. 3: this host lacks something,\n"
    "which the message names. 125: the boot failed or ended in Recovery, or a critical service failed for good. 128+n: PID 1\n"
    "was ended by signal n.\n";

void print_help(void) {
  if (fputs(help, stdout) < 0 || fflush(stdout) != 0) _exit(STATUS_FAILED);
}

/* Like the kernel: words are separated by spaces, double quotes keep spaces together and are taken out. */
static void split_words(struct list *words, const char *line) {
  char *word = allocate(strlen(line) + 1);
  size_t length = 0;
  bool quoted = false, started = false;
  for (const char *c = line;; c++) {
    if (*c == '\0' || (!quoted && isspace((unsigned char)*c))) {
      if (started) {
        word[length] = '\0';
        list_add(words, word);
      }
      length = 0;
      started = false;
      if (*c == '\0') break;
    } else if (*c == '"') {
      quoted = !quoted;
      started = true;
    } else {
      word[length++] = *c;
      started = true;
    }
  }
  free(word);
  if (quoted) fail(STATUS_REFUSED, "--cmdline: a double quote is not closed in: %s", line);
}

static void check_name(const char *name) {
  size_t length = strlen(name);
  bool good = length > 0 && length <= 64 && isalnum((unsigned char)name[0]);
  for (const char *c = name; *c; c++) good = good && (isalnum((unsigned char)*c) || strchr("._-", *c));
  if (!good)
    fail(STATUS_REFUSED,
         "%s is no name for a sandbox: up to 64 letters, digits, dots, dashes, underscores, the first a letter or digit", name);
}

static unsigned parse_seconds(const char *text) {
  char *end;
  errno = 0;
  unsigned long value = strtoul(text, &end, 10);
  if (errno || *end || end == text || !isdigit((unsigned char)text[0]) || value > 1000000)
    fail(STATUS_REFUSED, "--settle-timeout takes whole seconds, not %s", text);
  return (unsigned)value;
}

/* `--option VALUE` or `--option=VALUE`; NULL when argv[*at] is not this option. */
static const char *take_value(int argc, char **argv, int *at, const char *option) {
  size_t length = strlen(option);
  const char *word = argv[*at];
  if (strncmp(word, option, length) != 0) return NULL;
  if (word[length] == '=') return word + length + 1;
  if (word[length] != '\0') return NULL;
  if (*at + 1 >= argc) fail(STATUS_REFUSED, "%s needs a value; peinit-sandbox --help lists the options", option);
  return argv[++*at];
}

static enum container parse_container(const char *text) {
  if (strcmp(text, "docker") == 0) return CONTAINER_DOCKER;
  if (strcmp(text, "rootless") == 0) return CONTAINER_ROOTLESS;
  fail(STATUS_REFUSED, "--container takes docker or rootless, not %s", text);
}

static bool parse_cgroup_namespace(const char *text) {
  if (strcmp(text, "private") != 0 && strcmp(text, "host") != 0) fail(STATUS_REFUSED, "--cgroupns takes private or host, not %s", text);
  return strcmp(text, "host") == 0;
}

static void parse_run(struct options *options, int argc, char **argv, int at) {
  for (; at < argc; at++) {
    const char *value;
    if (strcmp(argv[at], "--") == 0) {
      if (at + 1 == argc) fail(STATUS_REFUSED, "COMMAND is missing after --");
      options->command = argv + at + 1;
      break;
    }
    if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0) options->verb = VERB_HELP;
    else if (strcmp(argv[at], "--version") == 0) options->verb = VERB_VERSION;
    else if (strcmp(argv[at], "--no-base") == 0) options->base = false;
    else if (strcmp(argv[at], "--reboot") == 0) options->reboot = true;
    else if (strcmp(argv[at], "--console") == 0) options->show_console = true;
    else if ((value = take_value(argc, argv, &at, "--registry"))) list_add(&options->seeds, value);
    else if ((value = take_value(argc, argv, &at, "--cmdline"))) split_words(&options->words, value);
    else if ((value = take_value(argc, argv, &at, "--layer"))) list_add(&options->layers, value);
    else if ((value = take_value(argc, argv, &at, "--init-arg"))) list_add(&options->init_words, value);
    else if ((value = take_value(argc, argv, &at, "--init"))) options->init = value;
    else if ((value = take_value(argc, argv, &at, "--root"))) options->root = value;
    else if ((value = take_value(argc, argv, &at, "--name"))) options->name = value;
    else if ((value = take_value(argc, argv, &at, "--keep"))) options->keep = value;
    else if ((value = take_value(argc, argv, &at, "--container"))) options->container = parse_container(value);
    else if ((value = take_value(argc, argv, &at, "--cgroupns"))) options->host_cgroups = parse_cgroup_namespace(value);
    else if ((value = take_value(argc, argv, &at, "--runtime"))) options->runtime = value;
    else if ((value = take_value(argc, argv, &at, "--project"))) options->project = value;
    else if ((value = take_value(argc, argv, &at, "--settle-timeout"))) options->settle_timeout_seconds = parse_seconds(value);
    else fail(STATUS_REFUSED, "unknown option %s; peinit-sandbox --help lists them (COMMAND goes after --)", argv[at]);
  }
  if (options->name) check_name(options->name);
  if (options->host_cgroups && !options->container) fail(STATUS_REFUSED, "--cgroupns is for --container");
}

void parse_options(struct options *options, int argc, char **argv) {
  *options = (struct options){.verb = VERB_RUN, .base = true, .settle_timeout_seconds = 120};
  int at = 1;
  /* The wrapper script puts these two in front, also of exec and list. */
  for (const char *value; at < argc; at++) {
    if ((value = take_value(argc, argv, &at, "--runtime"))) options->runtime = value;
    else if ((value = take_value(argc, argv, &at, "--project"))) options->project = value;
    else break;
  }
  if (at < argc && strcmp(argv[at], "exec") == 0) {
    options->verb = VERB_EXEC;
    if (at + 1 < argc && (strcmp(argv[at + 1], "--help") == 0 || strcmp(argv[at + 1], "-h") == 0)) {
      options->verb = VERB_HELP;
      return;
    }
    if (at + 3 >= argc || strcmp(argv[at + 2], "--") != 0) fail(STATUS_REFUSED, "usage: peinit-sandbox exec NAME -- COMMAND [ARGUMENT]...");
    options->name = argv[at + 1];
    check_name(options->name);
    options->command = argv + at + 3;
  } else if (at < argc && strcmp(argv[at], "list") == 0) {
    options->verb = VERB_LIST;
    for (at++; at < argc; at++) {
      if (strcmp(argv[at], "--json") == 0) options->json = true;
      else if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0) options->verb = VERB_HELP;
      else fail(STATUS_REFUSED, "usage: peinit-sandbox list [--json]");
    }
  } else {
    parse_run(options, argc, argv, at);
  }
}
