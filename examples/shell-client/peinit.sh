#!/usr/bin/env bash
# A client of every socket of peinit that knows nothing of them but gen/wire.json; docs/wire-json.md says how that is read.
#
#   peinit.sh PACKAGE COMMAND [MEMBER=VALUE]...   for example: peinit.sh control status service=web
#   peinit.sh protocol                            whether this client and the daemon understand each other
#
# Values of strings and enums stand as they are, others as JSON: wait=false events='["service.*"]'. Each line of an answer is printed as it
# came. Needs bash, jq and socat. WIRE_JSON is the path of the facts, PEINIT_SOCKET another socket than the usual one.
# Exit status: 0 served, 1 refused (code and message are told), 2 wrong call, 3 no connection or not the protocol.
set -euo pipefail
wire=${WIRE_JSON:-$(dirname "$(readlink -f "$0")")/../../gen/wire.json}
die() { printf 'peinit.sh: %s\n' "$2" >&2; exit "$1"; }
[ $# -ge 1 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2; }
for tool in jq socat; do command -v $tool >/dev/null || die 2 "$tool is not installed"; done

# What the facts say of one command and of a line of its answer. A reference is PACKAGE.NAME; `list of` is before what a list is of.
definitions='
def named($reference): ($reference | split(".")) as [$package, $name] | $wire[0].packages[$package] | (.messages + .enums)[$name];
def service: first($wire[0].packages[$package].services // {} | .[] | select(.commands[$command]))
  // ("no socket of \($package) has a command \($command); there are: "
      + ([$wire[0].packages[$package].services // {} | .[].commands | keys_unsorted[]] | join(", ")) | error);
# What is wrong with a value of a type; nothing: it is one. Unknown members are passed over, and enums may have names that are not known.
def wrong($wanted; $at; $facts):
  if $wanted | startswith("list of ") then
    if type == "array" then
      .[] | if . == null and $facts.nullElements then empty else wrong($wanted[8:]; $at + "[]"; $facts) end
    else "\($at) must be a list, not \(type)" end
  elif $wanted == "json" then empty
  elif $wanted | IN("string", "boolean", "object") then if type == $wanted then empty else "\($at) must be a \($wanted), not \(type)" end
  elif $wanted | test("^u?int") then
    if type == (if $facts.decimalString then "string" else "number" end) then empty else "\($at) must be a number, not \(type)" end
  else named($wanted) as $declared |
    if $declared.values then if type == "string" then empty else "\($at) must be a string, not \(type)" end
    elif $declared.array then if type == "array" then empty else "\($at) must be a list, not \(type)" end
    elif type != "object" then "\($at) must be an object, not \(type)"
    elif $declared.union then .[$declared.union.member] as $form | $declared.union.forms[$form // ""] as $of |
      if $of then wrong($of; $at; {}) else empty end
    else . as $value | $declared.members | to_entries[] | .key as $name | .value as $member | ($at + "." + $name) as $place |
      if ($value | has($name) | not) then if $member.presence == "optional" then empty else "\($place) is missing" end
      elif $value[$name] == null and $member.presence == "nullable" then empty
      else $value[$name] | wrong($member.type; $place; $member) end
    end
  end;'
facts() { jq -cn --slurpfile wire "$wire" --arg package "$package" --arg command "$command" "$definitions $1" "${@:2}"; }

# [path of the socket, the line, how the answer ends], or what is wrong with the call.
request='service as $service | $service.commands[$command] as $facts | named($facts.request) as $message |
  (reduce $ARGS.positional[] as $word ({};
    ($word | capture("^(?<name>[^=]+)=(?<text>.*)$"; "m") // error("\($word) is not MEMBER=VALUE")) as $given |
    ($message.members[$given.name] // error("\($command) has no member \($given.name)")) as $member |
    . + {($given.name): (if $member.type == "string" or (named($member.type)? // {} | .values) then $given.text
      else ($given.text | try fromjson catch error("\($given.name) must be \($member.type) as JSON")) end)})) as $members |
  [$message.members | to_entries[] | select(.value.presence == "required" and $members[.key] == null) | .key] as $lacking |
  if $lacking != [] then error("\($command) needs \($lacking | join(", "))") else . end |
  [$service.endpoint.path,
    ((if $service.endpoint.correlation == "" then {} else {($service.endpoint.correlation): 1} end)
      + (if $service.endpoint.discriminator == "" then {} else {($service.endpoint.discriminator): $command} end) + $members | tojson),
    (if $facts.parts then "more" elif $facts.pushes or ($facts.streaming and ($facts.enveloped | not)) then "lines" else "one" end)] | .[]'

# [what the line is, text]: an answer and whether more of it follows, a failure in words, or what is wrong with the line.
judge='service as $service | $service.endpoint as $socket | $service.commands[$command] as $facts | ($line | fromjson) as $told |
  def checked($of): [$told | wrong($of; "the line"; {})] | if . == [] then ["answer", "last"] else ["foreign", join("; ")] end;
  if $expected == "line" then checked($facts.pushes.message // $facts.response)
  elif $socket.failure and $told[$socket.outcome] == (if $socket.error == "" then null else $socket.error end) then
    ["failure", "\($told[$service.errors.member]): \($told.message)"]
  elif $told[$socket.outcome] != $socket.ok then ["foreign", "no member \($socket.outcome) says that it is an answer"]
  elif $facts.enveloped | not then ["answer", "last"]
  elif $facts.alternative and ($told | has($facts.alternative.without) | not) then checked($facts.alternative.response)
  else checked($facts.response) | if .[0] == "answer" and $told[$facts.parts.more? // ""] == true then .[1] = "more" else . end end | .[]'

# Asks, and prints the lines of the answer as they come.
ask() {
  local package=$1 command=$2 plan path line expected=answer kind text ends
  plan=$(facts "$request" -r --args "${@:3}" 2>&1) || die 2 "${plan#jq: error*: }"
  { read -r path; read -r line; read -r ends; } <<<"$plan"
  path=${PEINIT_SOCKET:-$path}
  [ -S "$path" ] || die 3 "there is no socket at $path; is this inside a machine that peinit runs?"
  coproc socket { exec socat -t 0 - "UNIX-CONNECT:$path" 2>/dev/null; }
  exec {from}<&"${socket[0]}" {to}>&"${socket[1]}"
  printf '%s\n' "$line" >&"$to" || die 3 "nobody listens at $path"
  while IFS= read -r line <&"$from"; do
    { read -r kind; read -r text; } < <(facts "$judge" -r --arg line "$line" --arg expected "$expected")
    [ "$kind" != failure ] || die 1 "$text"
    [ "$kind" = answer ] || die 3 "not the protocol: ${text:-$line}"
    printf '%s\n' "$line"
    if [ "$ends" = one ] || { [ "$ends" = more ] && [ "$text" = last ]; }; then return 0; fi
    [ "$ends" != lines ] || expected=line
  done
  [ "$expected" = line ] || die 3 "the connection to $path ended without an answer"
}

# Same major version: fine, and whoever is newer knows more.
protocol() {
  ask control machine-status | jq -r --slurpfile wire "$wire" '.protocol as $daemon | $wire[0].protocol as $own |
    if $daemon.major != $own.major then "incompatible" else ["older", "same", "newer"][1 + ($daemon.minor - $own.minor | if . < 0 then -1
      elif . > 0 then 1 else 0 end)] end + ": the daemon speaks \($daemon.major).\($daemon.minor), this client \($own.major).\($own.minor)"'
}

if [ "$1" = protocol ]; then protocol; exit; fi
[ $# -ge 2 ] || die 2 'say which command of which package'; ask "$@"
