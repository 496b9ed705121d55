#!/bin/sh
# A container engine as far as pods go: it remembers containers in the folder "state" beside it, and
# every command in "log". Images in "images" are there, those in "registry" can be fetched.
here=$(dirname "$0")
until mkdir "$here/lock" 2>/dev/null; do sleep 0.01; done
trap 'rmdir "$here/lock"' EXIT
echo "$*" >>"$here/log"
mkdir -p "$here/state"

fail() {
  echo "Error: $2" >&2
  exit "$1"
}

[ ! -e "$here/dead" ] || fail 1 "Cannot connect to the Docker daemon. Is the docker daemon running?"

of() { cat "$here/state/$1/$2" 2>/dev/null; }

describe() {
  labels=$(sed 's/\([^=]*\)=\(.*\)/"\1":"\2"/' "$here/state/$1/labels" | paste -s -d,)
  pid=0
  [ "$(of "$1" status)" != running ] || pid=4242
  printf '{"Id":"%s","Name":"/%s","State":{"Status":"%s","Pid":%s},' \
    "$1" "$(of "$1" name)" "$(of "$1" status)" $pid
  printf '"Config":{"Image":"%s","Labels":{%s}},' "$(of "$1" image)" "$labels"
  printf '"NetworkSettings":{"Networks":{"bridge":{"IPAddress":"172.17.0.2"}},"Ports":{%s}}}' \
    "$(sed 's/^[^:]*:[^:]*$/0.0.0.0:&/; s/\(.*\):\(.*\):\(.*\)/"\3":[{"HostIp":"\1","HostPort":"\2"}]/' \
      "$here/state/$1/ports" | paste -s -d,)"
}

run() {
  id=$(printf '%064d' "$(wc -l <"$here/log")")
  name='' labels='' ports='' entry='' lean=''
  while :; do
    case $1 in
    --name) name=$2 ;;
    --label) labels="$labels$2
" ;;
    --publish) ports="$ports$2
" ;;
    --entrypoint) entry=$2 ;;
    --network) lean=${2#container:} ;;
    --detach | --ipc=shareable) set -- "" "$@" ;;
    --*) ;;
    *) break ;;
    esac
    shift 2
  done
  grep -qsx "$1" "$here/images" || fail 125 "$1: image not known."
  ! grep -qsx "$name" "$here"/state/*/name || fail 125 "the name \"$name\" is already in use."
  [ -z "$lean" ] || grep -qsx "$lean" "$here"/state/*/name || fail 125 "no such container $lean"
  taken=$(for port in $ports; do grep -sxh "$port" "$here"/state/*/ports; done)
  mkdir "$here/state/$id"
  printf '%s\n' "$name" >"$here/state/$id/name"
  printf '%s' "$labels" >"$here/state/$id/labels"
  printf '%s' "$ports" >"$here/state/$id/ports"
  printf '%s\n' "$1" >"$here/state/$id/image"
  printf '%s\n' "$lean" >"$here/state/$id/lean"
  echo created >"$here/state/$id/status"
  [ -z "$taken" ] || fail 126 "cannot bind $taken: address already in use"
  [ "$entry" != /missing ] || fail 127 "exec: \"/missing\": no such file or directory"
  echo running >"$here/state/$id/status"
  echo "$id"
}

remove() {
  for id in "$@"; do
    if grep -qsx "$(of "$id" name)" "$here"/state/*/lean; then
      fail 125 "container $id has dependent containers which must be removed before it"
    fi
    # docker says that somebody else is at it.
    if [ -e "$here/busy" ]; then
      rm "$here/busy"
      fail 1 "removal of container $id is already in progress"
    fi
    rm -r "$here/state/$id"
  done
}

case "$1 $2" in
"image inspect") grep -qsx "$3" "$here/images" || fail 1 "no such image: $3" ;;
"pull --quiet")
  grep -qsx "$3" "$here/registry" || fail 125 "$3: not found"
  echo "$3" >>"$here/images"
  ;;
"ps --all")
  case ${6#label=} in
  *=*) whole=-x ;;
  *) whole= ;;
  esac
  grep -ls $whole "${6#label=}" "$here"/state/*/labels | sed 's|/labels$||; s|.*/||'
  ;;
"inspect --type")
  shift 3
  comma=[
  missing=
  for id in "$@"; do
    if [ ! -e "$here/state/$id" ]; then
      missing=$id
      continue
    fi
    printf %s "$comma"
    describe "$id"
    comma=,
  done
  [ "$comma" = , ] || printf '['
  echo "]"
  [ -z "$missing" ] || fail 1 "No such container: $missing"
  ;;
"run --detach")
  shift
  run "$@"
  ;;
"stop -t")
  shift 3
  for id in "$@"; do echo exited >"$here/state/$id/status"; done
  ;;
"rm --force")
  shift 3
  remove "$@"
  ;;
*) fail 64 "the fake does not know $*" ;;
esac
