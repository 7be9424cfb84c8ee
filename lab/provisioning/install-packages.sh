#!/bin/sh
# install-packages.sh NAME…: installs those of these Debian packages that are not there, without asking and without what
# they only recommend. Runs inside the machines of a lab, and while images are built.
set -eu
missing=
for name; do
  # NAME=VERSION pins it, and wants that very version.
  # shellcheck disable=SC2016 # dpkg-query's own placeholders
  found=$(dpkg-query -W -f '${db:Status-Status} ${Version}' "${name%%=*}" 2>/dev/null || true)
  case $name in
    *=*) [ "$found" = "installed ${name#*=}" ] || missing="$missing $name" ;;
    *) [ "${found%% *}" = installed ] || missing="$missing $name" ;;
  esac
done
[ -n "$missing" ] || exit 0
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get -qq -o DPkg::Lock::Timeout=300 update
# shellcheck disable=SC2086 # one word a package
apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install --no-install-recommends --allow-downgrades $missing >/dev/null
