#!/bin/sh
# The launcher: `./make TARGET VAR=value`. It installs what is missing, once, and says so first;
# then it is the program, build/cli.ts, on the Deno that the lockfile pins. Like `make -C`, it works
# in the folder that it is in. PAUSE_NO_INSTALL=1: print what would be installed, and stop with 4.
set -eu
self=$0
while [ -L "$self" ]; do
  link=$(readlink "$self")
  case $link in /*) self=$link ;; *) self=${self%"${self##*/}"}$link ;; esac
done
case $self in */*) CDPATH='' cd -P -- "${self%/*}/" ;; esac

# All of them are development dependencies, which NODE_ENV=production would leave out.
NPM="npm ci --ignore-scripts --include=dev --include=optional"
# What npm was told to install, and what it wrote of what it installed: another run of npm changes it.
LOCKS="package-lock.json node_modules/.package-lock.json"
STAMP=node_modules/.pause-image.cksum
# The same as build/compile/find-program.ts and install.ts have: tests compare them.
PATH=$PATH:/opt/homebrew/opt/llvm/bin:/usr/local/opt/llvm/bin
OLDEST=19

say() { echo "make: $*" >&2; }
stop() { say "$*"; exit 4; }

have_packages() {
  { read -r asked && read -r installed; } 2>/dev/null <$STAMP || return 1
  # shellcheck disable=SC2086 # they are two
  [ "$asked
$installed" = "$(cksum $LOCKS 2>/dev/null)" ] || return 1
  # The stamp is written after everything else.
  # shellcheck disable=SC3013 # every shell has -nt, and POSIX since 2024
  for deno in node_modules/@deno/*/deno; do [ ! "$deno" -nt $STAMP ] || return 1; done
}

# npm takes a package without an integrity as it comes, and one from elsewhere.
require_integrity() {
  unverified=$(node -e '
    const { packages } = JSON.parse(require("fs").readFileSync("package-lock.json", "utf8"));
    const isVerified = ([path, { integrity, resolved, link }]) =>
      path === "" || /^sha512-.{86}==$/.test(integrity) && resolved === undefined && !link;
    const others = Object.entries(packages).filter((entry) => !isVerified(entry));
    console.log(others.map(([path]) => path).join(", "));') ||
    no_packages "package-lock.json cannot be read, as said above. Run \"git checkout package-lock.json\"."
  [ -z "$unverified" ] ||
    no_packages "package-lock.json has no sha512 of $unverified. Run \"git checkout package-lock.json\"."
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

# Whether the words ask for something that clang compiles. What the program will refuse, or is only
# to tell about, needs no compiler.
wants_clang() {
  toolchain=${TOOLCHAIN:-clang} goal='' option=''
  for word; do
    if [ -n "$option" ]; then
      [ "$option" != --toolchain ] || toolchain=$word
      option=''
      continue
    fi
    case $word in
      TOOLCHAIN=* | --toolchain=*) toolchain=${word#*=} ;;
      -n | --dry-run | -h | --help | help | --version) return 1 ;;
      *=* | --json | --quiet) ;;
      -j | -C | --*) option=$word ;;
      -*) ;;
      clean) goal=${goal:-clean} ;;
      all | build | container | all-container* | push | push-manifest | all-push | orphan | \
        update-lock)
        goal=compiled ;;
      bench) goal=bench ;;
      *) [ "$goal" = bench ] || return 1 ;;
    esac
  done
  [ "$toolchain" = clang ] && [ "$goal" != clean ]
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

# Somebody else's process lives as well: it cannot be signalled, and kill says why.
lives() {
  case $(LC_ALL=C kill -0 "$1" 2>&1 && echo yes) in yes | *ermitted*) ;; *) return 1 ;; esac
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
    lives "$(readlink .installing)" || rm -f .installing
    sleep 1
  done
  trap 'rm -f .installing' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  if ! have_packages; then
    # npm wants a cache that it can write to, and finds none without a home.
    [ -w "${HOME:-/nonexistent}" ] || export npm_config_cache="$PWD/node_modules/.npm"
    require_integrity
    install "Installing the npm packages of package-lock.json" "$NPM"
    rm -rf node_modules/.npm
    # shellcheck disable=SC2086 # they are two
    cksum $LOCKS >$STAMP
  fi
  rm -f .installing
  trap - EXIT INT TERM
}

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
bundle=node_modules/.cache/pause-image.mjs
sources=$(cksum package-lock.json .github/release/*.ts arch/*/*.ts build/*.ts build/*/*.ts \
  build/*/*/*.ts | cksum)
made=''
[ ! -f $bundle ] || { read -r made <$bundle.cksum; } 2>/dev/null || :
if [ "$made" != "$sources" ]; then
  no_bundle="Cannot make $PWD/$bundle, which runs on Node where there is no Deno:"
  { mkdir -p "${bundle%/*}" && [ -w "${bundle%/*}" ]; } 2>/dev/null ||
    stop "$no_bundle its folder cannot be written to. Run \"./make help\" there once as its owner."
  { node_modules/esbuild/bin/esbuild .github/release/bundle.ts --bundle --packages=external \
    --platform=node --format=esm --log-level=error || echo "process.exit(1)"; } |
    node --input-type=module - $bundle || stop "$no_bundle it failed, as said above."
  echo "$sources" >$bundle.cksum
fi
exec node $bundle "$@"
