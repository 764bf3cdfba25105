# Debian's packages for bin/setup: a few installed on the host, the others only unpacked. Sourced by bin/setup, which sets `cache`.

apt_trouble='' # why the last function failed, in a few words
lists_are_fresh=no
update_trouble='' # the first complaint of apt-get update, told only when something is missing in the end

as_root() { [ "$(id -u)" = 0 ]; }

# A process of apt must not hold setup's lock when it outlives us.
apt_quietly() { DEBIAN_FRONTEND=noninteractive "$@" >"$cache/apt.log" 2>&1 9>&-; }

# Refreshes the package lists, once in a run and only when something is missing at all.
refresh_lists() {
  command -v apt-get >/dev/null || { apt_trouble='this machine has no apt'; return 1; }
  [ "$lists_are_fresh" = no ] || return 0
  if as_root; then
    apt_quietly apt-get -q -o Acquire::Retries=3 update
    update_trouble=$(grep -m1 -E '^(E|W|Err):? ' "$cache/apt.log")
  fi
  lists_are_fresh=yes
}

# install_on_host PACKAGE...
install_on_host() {
  as_root || { apt_trouble="not root: run apt-get install $*"; return 1; }
  refresh_lists || return 1
  apt_quietly apt-get -q -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" && return 0
  apt_trouble="apt-get install $*: $(grep -m1 '^E:' "$cache/apt.log" || tail -n 1 "$cache/apt.log")"
  return 1
}

# What installing PACKAGE... would add to this host, dependencies included, alternatives resolved.
packages_to_add() {
  apt-get -s -q -o Debug::NoLocking=1 install --no-install-recommends "$@" 2>"$cache/apt.log" 9>&- | sed -n 's/^Inst \([^ ]*\).*/\1/p'
}

# download TREE PACKAGE...: their archives, and no others, into .cache/debs/TREE.
download() {
  archives="$cache/debs/$1"
  shift
  rm -rf "$archives" && mkdir -p "$archives" || return 1
  (cd "$archives" && apt_quietly apt-get -q -o Acquire::Retries=3 -o APT::Sandbox::User=root download "$@") && return 0
  apt_trouble="apt-get download: $(grep -m1 '^E:' "$cache/apt.log" || tail -n 1 "$cache/apt.log")"
  return 1
}

# apt has a version of PACKAGE.
is_known() { refresh_lists && apt-cache policy "$1" 2>/dev/null 9>&- | grep -q 'Candidate: [0-9]'; }

# unpack_packages TREE [--without=BEGINNINGS] PACKAGE...: into .cache/TREE, with all they need that this host lacks, except packages whose
# names begin so. Nothing is installed, no script of theirs runs. The tree is empty where this host has all of it.
unpack_packages() {
  tree=$1
  shift
  without=none
  case "$1" in
    --without=*)
      without=${1#--without=}
      shift
      ;;
  esac
  refresh_lists || return 1
  closure=$(packages_to_add "$@" | grep -vE "^($without)")
  trouble=$(grep -m1 '^E:' "$cache/apt.log")
  [ -z "$trouble" ] || { apt_trouble="apt cannot resolve $*: $trouble"; return 1; }
  unpacked="$cache/$tree.new"
  rm -rf "$unpacked" "${cache:?}/debs/$tree" && mkdir -p "$unpacked" || return 1
  # shellcheck disable=SC2086
  [ -z "$closure" ] || download "$tree" $closure || return 1
  for deb in "$cache/debs/$tree"/*.deb; do
    [ ! -e "$deb" ] || dpkg -x "$deb" "$unpacked" || { apt_trouble="dpkg -x $(basename "$deb") failed"; return 1; }
  done
  merge_usr "$unpacked" || { apt_trouble='merging /bin, /sbin and /lib into /usr failed'; return 1; }
  rm -rf "${cache:?}/$tree" && mv "$unpacked" "$cache/$tree"
}

# Packages may still ship /bin, /sbin and /lib; as real directories of an overlay's layer they would hide the host's links of that name.
merge_usr() {
  for directory in bin sbin lib lib32 lib64 libx32; do
    [ -d "$1/$directory" ] && [ ! -L "$1/$directory" ] || continue
    mkdir -p "$1/usr/$directory" && cp -al "$1/$directory/." "$1/usr/$directory/" && rm -rf "${1:?}/$directory" || return 1
  done
}

# has_all TREE PATH...: each path is in the tree or on this host.
has_all() {
  tree=$1
  shift
  for path in "$@"; do [ -x "$tree$path" ] || [ -x "$path" ] || return 1; done
}

# wrap_tools NAME...: .cache/tools/bin/NAME runs the unpacked program with the unpacked libraries, leaving no trace in what it starts.
wrap_tools() {
  mkdir -p "$cache/tools/bin" || return 1
  for name in "$@"; do
    program=''
    for directory in usr/bin usr/sbin; do
      [ ! -x "$cache/tools/$directory/$name" ] || program="$directory/$name"
    done
    case "$program:$name" in
      :*) continue ;;
      *:busybox) ln -sf "../$program" "$cache/tools/bin/busybox" ;;
      *)
        cat >"$cache/tools/bin/$name" <<WRAPPER
#!/bin/sh
tools=\$(dirname "\$(dirname "\$(readlink -f "\$0")")")
for loader in /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1; do
  [ ! -e "\$loader" ] || exec "\$loader" --library-path "\$(echo "\$tools"/usr/lib/*-linux-gnu)" "\$tools/$program" "\$@"
done
WRAPPER
        chmod +x "$cache/tools/bin/$name"
        ;;
    esac || return 1
  done
}

# The newest kernel of Debian's cloud flavour below .cache/kernel, with `vmlinuz` leading to its image.
unpack_kernel() {
  refresh_lists || return 1
  kernel=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -n 1)
  [ -n "$kernel" ] || { apt_trouble='apt does not know linux-image-cloud-amd64'; return 1; }
  download kernel "$kernel" || return 1
  rm -rf "$cache/kernel.new" && mkdir -p "$cache/kernel.new" || return 1
  dpkg -x "$cache"/debs/kernel/*.deb "$cache/kernel.new" || { apt_trouble="dpkg -x of $kernel failed"; return 1; }
  image=$(cd "$cache/kernel.new" && find boot -name 'vmlinuz-*' | head -n 1)
  [ -n "$image" ] && ln -s "$image" "$cache/kernel.new/vmlinuz" || { apt_trouble="$kernel holds no image"; return 1; }
  rm -rf "$cache/kernel" && mv "$cache/kernel.new" "$cache/kernel"
}
