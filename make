#!/bin/sh
# The launcher: `./make TARGET VAR=value`. It installs what is missing, once, and says so first;
# then it is the program, build/cli.ts, on the Deno that the lockfile pins. Like `make -C`, it works
# in the folder that it is in. PAUSE_NO_INSTALL=1: print what would be installed, and stop with 4.
set -eu
case $0 in */*) CDPATH='' cd -- "${0%/*}" ;; esac

# All of them are development dependencies, which NODE_ENV=production would leave out.
NPM="npm ci --ignore-scripts --include=dev --include=optional"
STAMP=node_modules/.package-lock.cksum
# The same as build/compile/find-program.ts and install.ts have: tests compare them.
PATH=$PATH:/opt/homebrew/opt/llvm/bin:/usr/local/opt/llvm/bin
OLDEST=19

say() { echo "make: $*" >&2; }
stop() { say "$*"; exit 4; }

have_packages() {
  { read -r installed <$STAMP; } 2>/dev/null && [ "$installed" = "$lock" ]
}

# Whether there is an LLVM program that is new enough: by its name, else by its own word.
have() {
  newest=$((OLDEST + 20))
  while [ $newest -ge $OLDEST ]; do
    command -v "$1-$newest" >/dev/null && return
    newest=$((newest - 1))
  done
  found=$("$1" --version 2>/dev/null | sed -n '1{/^Apple/!s/.* \([0-9][0-9]*\)\..*/\1/p;}')
  [ "${found:-0}" -ge $OLDEST ]
}

# Whether the words ask for something that clang compiles: their first one that is a target says so.
wants_clang() {
  toolchain=${TOOLCHAIN:-clang} goal=
  for word; do
    case $word in
      TOOLCHAIN=* | --toolchain=*) toolchain=${word#*=} ;;
      -n | --dry-run | -h | --help | --version) return 1 ;;
      *=* | -* | [0-9]*) ;;
      all | build | container | all-container* | push | push-manifest | all-push | orphan | bench)
        goal=${goal:-compiled} ;;
      *) goal=${goal:-other} ;;
    esac
  done
  [ "$toolchain" = clang ] && [ "${goal:-compiled}" = compiled ]
}

# The command for the package manager that there is; nothing when it is none that we know.
clang_command() {
  as=
  [ "$(id -u)" = 0 ] || as="sudo "
  if command -v apt-get >/dev/null; then
    apt="apt-get install -y --no-install-recommends clang-19 lld-19"
    echo "${as}apt-get update && $as$apt"
  elif command -v dnf >/dev/null; then echo "${as}dnf install -y clang lld"
  elif command -v apk >/dev/null; then echo "${as}apk add clang lld"
  elif command -v brew >/dev/null; then echo "brew install llvm lld"
  fi
}

install() {
  say "$1, with: $2"
  sh -c "$2" >&2 || stop "Cannot go on: \"$2\" failed, as said above."
}

no_packages() { stop "Cannot install the npm packages: $*"; }

install_packages() {
  node=$(node --version 2>/dev/null) || no_packages "there is no node. Install Node 20 or newer."
  node=${node#v}
  [ "${node%%.*}" -ge 20 ] || no_packages "node is $node. Install Node 20 or newer."
  command -v npm >/dev/null || no_packages "there is no npm. Install it beside node."
  [ -w . ] || no_packages "$PWD cannot be written to. Run \"$NPM\" there as its owner."
  # Two runs at once: the second waits for the first, and finds its packages.
  until ln -s $$ .installing 2>/dev/null; do
    kill -0 "$(readlink .installing)" 2>/dev/null || rm -f .installing
    sleep 1
  done
  trap 'rm -f .installing' EXIT
  trap 'exit 130' INT TERM
  if ! have_packages; then
    # npm wants a cache that it can write to, and finds none without a home.
    [ -w "${HOME:-/nonexistent}" ] || export npm_config_cache="$PWD/node_modules/.npm"
    install "Installing the npm packages of package-lock.json" "$NPM"
    rm -rf node_modules/.npm
    echo "$lock" >$STAMP
  fi
  rm -f .installing
  trap - EXIT INT TERM
}

lock=$(cksum <package-lock.json)
packages='' clang=''
have_packages || packages=$NPM
if ! { have clang && have ld.lld; } && wants_clang "$@"; then clang=$(clang_command); fi
if [ -n "$packages$clang" ] && [ "${PAUSE_NO_INSTALL:-}" = 1 ]; then
  [ -z "$packages" ] || echo "$packages"
  [ -z "$clang" ] || echo "$clang"
  stop "The commands above install what is missing; PAUSE_NO_INSTALL=1 is set, so nothing was run."
fi
[ -z "$packages" ] || install_packages
[ -z "$clang" ] || install "Installing clang and lld" "$clang"

export DENO_NO_UPDATE_CHECK=1
for deno in node_modules/@deno/*/deno; do
  # It starts compilers, so it may do all; by that name, because Deno lets nobody else read /proc.
  [ -x "$deno" ] && exec "$deno" run --no-prompt --cached-only --frozen --allow-all build/cli.ts "$@"
done
# Deno is not made for this system (musl, s390x …): the same program, bundled, on Node.
esbuild=node_modules/esbuild/bin/esbuild
"$esbuild" .github/release/bundle.ts --bundle --packages=external --platform=node --format=esm |
  node --input-type=module - node_modules/.cache/pause-image.mjs
exec node node_modules/.cache/pause-image.mjs "$@"
