#!/usr/bin/env bash
# make.sh DIRECTORY: a Vagrant box for libvirt with plain qemu, from Debian's packages alone: Debian 12 with its cloud
# kernel, the user vagrant with Vagrant's well-known key, and FRR, because machines of a test have no way out.
set -euo pipefail
target=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

packages=linux-image-cloud-amd64,systemd-sysv,systemd-resolved,udev,dbus,openssh-server,sudo,iproute2,procps,kmod,frr,tcpdump
packages+=,python3,curl,iputils-ping,arping
mmdebstrap --mode=root --variant=minbase --include="$packages" --customize-hook="$here/customize.sh \"\$1\"" \
  bookworm "$scratch/root" >"$scratch/log" 2>&1 || {
  tail -n 5 "$scratch/log" >&2
  exit 1
}
cp "$scratch"/root/boot/vmlinuz-* "$target/vmlinuz"
cp "$scratch"/root/boot/initrd.img-* "$target/initrd.img"
rm -rf "$scratch"/root/boot/*
/sbin/mkfs.ext4 -q -d "$scratch/root" "$scratch/disk.raw" 1536M
qemu-img convert -O qcow2 "$scratch/disk.raw" "$scratch/box.img"
printf '{"provider": "libvirt", "format": "qcow2", "virtual_size": 2}\n' >"$scratch/metadata.json"
cp "$here/Vagrantfile" "$scratch/Vagrantfile"
tar -C "$scratch" -cf "$target/debian.box" metadata.json Vagrantfile box.img
