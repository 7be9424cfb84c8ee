#!/usr/bin/env bash
# install.sh NAME…: installs Debian packages by name, for tests that need more than the suite itself does. As with
# setup.sh, no service is started or left enabled.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=lab/setup/packages.sh
. lab/setup/packages.sh

say() { printf 'setup: %s\n' "$*" >&2; }
fail() {
  printf 'setup: %s\n' "$@" >&2
  exit 1
}
scratch=$(mktemp -d)
clean_up() {
  allow_services
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

enabled() { find /etc/systemd/system -type l 2>/dev/null | sort; }

remove_leftover_policy
lock_packages || fail "cannot lock /var/lib/dpkg"
apt_quietly update || say "apt-get update failed, going on with the package lists there are"
before=$(enabled)
forbid_services
apt_quietly install --no-install-recommends --no-remove "$@" || fail "apt-get install: $(tail -n 1 "$scratch/apt.log")"
allow_services
# What an installation enables is a link to the unit.
comm -13 <(printf '%s\n' "$before") <(enabled) | while read -r link; do
  case $(readlink "$link") in */systemd/system/*) rm -f "$link" ;; esac
done
