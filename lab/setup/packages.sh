# shellcheck shell=bash
# Debian packages of the embedded lab: which, why, and how they are installed without a service being started.
# shellcheck disable=SC2154 # scratch is setup.sh's
# Sourced by setup.sh, which gives `say`, `fail`, the directory $scratch, and calls allow_services when it ends.

# wanted_packages users|developers: "name reason" per line.
wanted_packages() {
  cat <<'LIST'
frr the router: zebra, bgpd, vtysh
gobgpd each node's BGP speaker in the reference system
etcd-server each cluster's side of the mesh, as in Cilium
openssh-server how every host of the lab is reached
openssh-client keys for it, and `lab shell`
openssl certificates of the lab's Kubernetes API
tcpdump captures, the evidence from the wire
tini the lab's init process
socat sockets between the lab's namespaces
nftables service translation and dropped links
iproute2 namespaces, links, addresses, routes
iputils-ping reachability as the documents test it
arping address resolution and L2 announcements
conntrack connection tables as evidence
ethtool offloads, so that captures show what is on the wire
nginx-light HTTP servers
curl HTTP clients in pods and on hosts
python3 small servers in pods
util-linux unshare, nsenter, setpriv, flock
procps sysctl, ps
LIST
  [ "$1" = developers ] || return 0
  cat <<'LIST'
tshark the oracle our packet decoders are compared with
shellcheck lint of shell scripts
kubernetes-client kubectl, against the lab's Kubernetes API
LIST
}

# Packages the suite works without where a distribution does not offer them.
optional_packages=' kubernetes-client '

# missing_packages users|developers: those of the above that are not installed. A program that is there from elsewhere is
# as good, and its package may conflict with the one that brought it.
missing_packages() {
  local wanted installed name why
  wanted=$(wanted_packages "$1")
  # shellcheck disable=SC2046 # one word per package
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $(cut -d' ' -f1 <<<"$wanted") 2>/dev/null || true)
  while read -r name why; do
    case $'\n'$installed$'\n' in *$'\n'"$name installed"$'\n'*) continue ;; esac
    if [ "$name" = kubernetes-client ] && command -v kubectl >/dev/null; then continue; fi
    if [ "$name" = nginx-light ] && command -v nginx >/dev/null; then continue; fi
    printf '%s %s\n' "$name" "$why"
  done <<<"$wanted"
}

policy=/usr/sbin/policy-rc.d
policy_mark='# Written by cilium-conformance setup, removed when it ends.'
policy_is_ours=false

# One installation at a time on a machine: the lock is on dpkg's directory, which is always there (dpkg itself locks
# files in it in another way). Held on descriptor 9.
lock_packages() { exec 9</var/lib/dpkg && flock "$@" 9; }

# A set-up killed half-way cannot remove its policy; the next one does, unless the first still runs.
remove_leftover_policy() {
  [ -e "$policy" ] && grep -qxF "$policy_mark" "$policy" && lock_packages --nonblock || return 0
  rm -f "$policy"
  exec 9<&-
}

apt_quietly() {
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 "${without_services[@]}" \
    apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" >"$scratch/apt.log" 2>&1 </dev/null 9<&-
}

# Services are kept from starting by Debian's own means: policy-rc.d answering 101. One that is there already may allow
# them and is not ours to change: ours then lies over it, in a mount namespace of the installation's own.
without_services=()
forbid_services() {
  local body=$'#!/bin/sh\n'$policy_mark$'\nexit 101'
  if [ -e "$policy" ]; then
    printf '%s\n' "$body" >"$scratch/policy-rc.d"
    chmod 755 "$scratch/policy-rc.d"
    # shellcheck disable=SC2016 # for the inner shell
    without_services=(unshare --mount sh -c 'mount --bind "$0" "$1" && shift && exec "$@"' "$scratch/policy-rc.d" "$policy")
  else
    (set -o noclobber && printf '%s\n' "$body" >"$policy") || fail "cannot write $policy"
    policy_is_ours=true
    chmod 755 "$policy"
  fi
}

allow_services() {
  if [ "$policy_is_ours" = true ]; then rm -f "$policy"; fi
  policy_is_ours=false
}

# Units that were not on this machine before. Debian enables what it installs; whoever wants them enables them.
units_that_exist() {
  local unit
  for unit in etcd.service frr.service gobgpd.service nginx.service ssh.service ssh.socket; do
    if [ -e "/lib/systemd/system/$unit" ]; then printf '%s\n' "$unit"; fi
  done
}
disable_units_except() {
  local unit root=()
  command -v systemctl >/dev/null || return 0
  [ -d /run/systemd/system ] || root=(--root=/)
  for unit in $(units_that_exist); do
    case " $1 " in *[[:space:]]"$unit"[[:space:]]*) continue ;; esac
    systemctl "${root[@]}" --quiet disable "$unit" 2>/dev/null || say "could not disable the newly installed $unit"
  done
}

install_packages() {
  local missing name why units names=() unavailable=()
  missing=$(missing_packages "$1")
  [ -n "$missing" ] || return 0
  lock_packages || fail "cannot lock /var/lib/dpkg"
  missing=$(missing_packages "$1")
  [ -n "$missing" ] || return 0

  apt_quietly update || say "apt-get update failed, going on with the package lists there are: $(tail -n 1 "$scratch/apt.log")"
  while read -r name why; do
    if apt-cache show --no-all-versions "$name" >/dev/null 2>&1; then
      say "installing $name: $why"
      names+=("$name")
    elif [[ $optional_packages == *" $name "* ]]; then
      say "going on without $name ($why): not offered by this machine's package sources"
    else
      unavailable+=("$name")
    fi
  done <<<"$missing"
  ((${#unavailable[@]} == 0)) ||
    fail "not offered by this machine's package sources: ${unavailable[*]}" "On Ubuntu they are in universe: add-apt-repository universe"
  ((${#names[@]} > 0)) || return 0

  units=$(units_that_exist)
  forbid_services
  # Nothing that is installed may be removed for it.
  if ! apt_quietly install --no-install-recommends --no-remove "${names[@]}"; then
    tail -n 30 "$scratch/apt.log" >&2
    disable_units_except "$units"
    fail "apt-get install failed, see above: ${names[*]}"
  fi
  allow_services
  disable_units_except "$units"
  exec 9<&-
}
