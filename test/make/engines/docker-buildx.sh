#!/bin/sh
# Stands where docker's plug-in buildx does. It knows the words of buildx that we use and refuses all
# others; buildah builds.
# https://docs.docker.com/reference/cli/docker/buildx/build/
set -eu

case $1 in
docker-cli-plugin-metadata)
  echo '{"SchemaVersion":"0.1.0","Vendor":"a test","Version":"v0.0.0"}'
  exit
  ;;
buildx) shift ;;
esac

case $1 in
version | inspect) echo "a plug-in in the place of buildx" && exit ;;
build) shift ;;
*) echo "ERROR: unknown command $1" >&2 && exit 1 ;;
esac

dest='' file='' platform=''
while [ $# -gt 1 ]; do
  case $1 in
  --quiet | --provenance=false | --sbom=false) ;;
  --platform=*) platform=$1 ;;
  --file=*) file=$1 ;;
  --output=type=docker,dest=*) dest=${1#--output=type=docker,dest=} ;;
  *) echo "ERROR: unknown flag: $1" >&2 && exit 125 ;;
  esac
  shift
done

name=localhost/in-the-place-of-buildx:$$
buildah bud --quiet --format=docker --timestamp="$SOURCE_DATE_EPOCH" \
  --tag=$name "$platform" "$file" "$1" >&2
buildah push --quiet $name "docker-archive:$dest"
buildah rmi $name >&2
