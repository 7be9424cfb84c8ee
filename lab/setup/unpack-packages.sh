#!/usr/bin/env bash
# unpack-packages.sh RELEASE DIRECTORY NAME…: the files of these packages of a Debian release (this machine's or a later
# one), unpacked into a directory. Nothing is installed, started or configured. What cannot be had is said on stderr, with
# exit code 3.
set -euo pipefail
release=$1 target=$2
shift 2

cannot() {
  printf '%s\n' "$*" >&2
  exit 3
}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
if [ ! -e "$keyring" ] || ! command -v apt-get >/dev/null; then cannot "this is no Debian machine"; fi
codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
# shellcheck disable=SC2016 # apt's own placeholders
archive=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
  awk -v codename="$codename" '$2 == codename && $3 == "main" { print $1; exit }')
[ -n "$archive" ] || cannot "apt knows no archive of this machine's own release, $codename"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch"/{lists/partial,archives/partial,etc,debs} "$target"
printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$archive" "$release" "$keyring" \
  >"$scratch/etc/release.sources"
apt_here() {
  apt-get -qq -o APT::Sandbox::User=root -o "Dir::State::lists=$scratch/lists" -o "Dir::Cache::archives=$scratch/archives" \
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Dir::Etc::sourcelist=/dev/null \
    -o "Dir::Etc::sourceparts=$scratch/etc" "$@" >"$scratch/apt.log" 2>&1
}
apt_here update || cannot "the lists of Debian $release cannot be had: $(tail -n 1 "$scratch/apt.log")"
cd "$scratch/debs"
apt_here download "$@" || cannot "Debian $release does not give $*: $(tail -n 1 "$scratch/apt.log")"
for package in *.deb; do dpkg -x "$package" "$target"; done
