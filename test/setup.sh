#!/bin/sh
# Installs what the end-to-end tests and the bench start, on Debian 12 or newer. What is there stays
# as it is, and with everything there this does nothing. No service is started: the tests start
# their own, in folders of their own.
set -eu

# The cross compilers are those of arch/*/target.ts: a test compares them. loong64 has none.
PACKAGES="
  clang-19 lld-19
  gcc gcc-aarch64-linux-gnu gcc-arm-linux-gnueabi gcc-i686-linux-gnu gcc-mips64el-linux-gnuabi64
  gcc-powerpc64le-linux-gnu gcc-riscv64-linux-gnu gcc-s390x-linux-gnu
  docker-registry docker.io containerd runc podman crun buildah skopeo
  qemu-user-static wine wine64
  catatonit dumb-init libc6-dev musl-tools tini
  busybox-static curl netavark
  nginx openssl tinyproxy-bin
  ca-certificates git shellcheck strace
  bash fish groff-base mandoc zsh
"

say() { echo "test/setup.sh: $*" >&2; }

# shellcheck disable=SC2086 # the packages are a list of words
if ! command -v apt-get >/dev/null; then
  say "Cannot install the packages: there is no apt-get. Install these by other means:" $PACKAGES
  exit 4
fi

missing=
for package in $PACKAGES; do
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) || status=
  [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
  say "Cannot install the packages: only root may. Run \"sudo test/setup.sh\". Missing:$missing"
  exit 4
fi
say "Installing, with apt-get:$missing"

# Debian starts a service once it is installed, unless this program forbids it.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap 'rm -f $policy' EXIT
  trap 'exit 130' INT TERM
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod +x $policy
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# shellcheck disable=SC2086 # a list of words
apt-get install -q -y --no-install-recommends $missing
