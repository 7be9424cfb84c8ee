#!/usr/bin/env bash
# Gets this machine ready, and says nothing when it is.
#
#   setup.sh            Node, npm packages; for the embedded lab (LAB=netns, the default) also the Debian packages
#                       and kernel features it needs
#   setup.sh --dev      the same, and what `npm test` needs besides
#   setup.sh --modules  Node and npm packages only
#   setup.sh --missing  prints the Debian packages that would be installed, with the reason, and changes nothing
#
# No service it installs is started or left enabled, and the root namespace's network is not touched.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=lab/setup/packages.sh
. lab/setup/packages.sh

other_labs="Or use another lab: LAB=kind, LAB=vagrant or LAB=existing (\`npm run lab -- doctor\` says what each needs)."

say() { printf 'setup: %s\n' "$*" >&2; }
fail() {
  printf 'setup: %s\n' "$@" >&2
  exit 1
}

# Made only when something has to be done.
scratch=''
make_scratch() { [ -n "$scratch" ] || scratch=$(mktemp -d); }
clean_up() {
  allow_services
  [ -z "$scratch" ] || rm -rf "$scratch"
}
trap clean_up EXIT
# A signal waits for the running installer, which must not be left alone with the machine's package database.
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

check_node() {
  local version major minor
  command -v node >/dev/null || fail "Node is not installed. Node 20.18 or newer is needed (Debian 12's own is too old): https://nodejs.org"
  version=$(node --version)
  IFS=. read -r major minor _ <<<"${version#v}"
  if ((major < 20 || (major == 20 && minor < 18))); then
    fail "Node $version at $(command -v node) is too old: 20.18 or newer is needed, see https://nodejs.org"
  fi
}

# Compared by content, not by date, so that a checkout or a touched file costs nothing.
install_modules() {
  local why
  why=$(node lab/setup/stale-modules.js)
  [ -n "$why" ] || return 0
  if command -v flock >/dev/null; then
    exec 8<package-lock.json
    flock 8
    why=$(node lab/setup/stale-modules.js)
    [ -n "$why" ] || return 0
  fi
  make_scratch
  say "npm ci ($why)"
  # No install scripts: what they would build (native crypto for ssh2) is optional and asks for a compiler.
  if ! npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >"$scratch/npm.log" 2>&1 8<&-; then
    head -n 20 "$scratch/npm.log" >&2
    fail "npm ci failed, see above"
  fi
}

check_machine() {
  [ "$(uname -s)" = Linux ] || fail "The embedded lab runs on Linux only; this is $(uname -s)." "$other_labs"
  [ "$(id -u)" = 0 ] || fail "The embedded lab needs root (network namespaces, bridges): run it with sudo, or as root in a VM." "$other_labs"
  command -v apt-get >/dev/null ||
    fail "This distribution has no apt. The embedded lab is made for Debian and Ubuntu, and uses what these packages of theirs hold:" \
      "$(wanted_packages "$audience" | awk '{ printf "%s%s", sep, $1; sep = " " }')" "$other_labs"
}

check_kernel() {
  local lacking
  lacking=$(bash lab/setup/kernel.sh)
  [ -z "$lacking" ] || fail "The embedded lab cannot run on this kernel, or not in this container. What is missing:" "$lacking" "$other_labs"
}

audience=users
only_modules=false
while (($# > 0)); do
  case $1 in
    --dev) audience=developers ;;
    --modules) only_modules=true ;;
    --missing)
      missing_packages developers
      exit 0
      ;;
    *) fail "unknown option $1; known are --dev, --modules, --missing" ;;
  esac
  shift
done

check_node
if [ "${LAB:-netns}" = netns ] && [ "$only_modules" = false ]; then
  check_machine
  remove_leftover_policy
  if [ -n "$(missing_packages "$audience")" ]; then
    check_kernel
    make_scratch
    install_packages "$audience"
  fi
  check_kernel
  bash lab/setup/bpf.sh >/dev/null || true # what it lacks, it says
fi
install_modules
