# part NAME COMMAND...: runs one part of a longer list, says how long it took, and remembers failures. Sourced by .ci/run and .ci/checks.

failed_parts=''

part() {
  part_name=$1
  shift
  part_started=$(date +%s%N)
  printf -- '--- %s\n' "$part_name"
  if "$@"; then part_outcome=ok; else
    part_outcome=FAILED
    failed_parts="$failed_parts${failed_parts:+, }$part_name"
  fi
  part_ms=$((($(date +%s%N) - part_started) / 1000000))
  printf -- '--- %s: %s in %d.%01d s\n' "$part_name" "$part_outcome" $((part_ms / 1000)) $((part_ms % 1000 / 100))
}
