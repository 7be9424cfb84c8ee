#!/bin/bash
# kubernetes.sh KUBERNETES CONTAINERD: makes a machine ready for kubeadm, with these versions of the packages
# (`1.33.2-1.1`, `1.7.27-1`). Done once, it changes nothing a second time.
set -euo pipefail
kubernetes=$1 containerd=$2

# keyring NAME FINGERPRINT URL: an archive's key, which is fetched by name and so has to be the known one.
keyring() {
  local file=/etc/apt/keyrings/$1.gpg fetched
  [ ! -e "$file" ] || return 0
  install -d -m 755 /etc/apt/keyrings
  fetched=$(mktemp)
  curl -fsSL --retry 5 "$3" | gpg --dearmor >"$fetched"
  gpg --show-keys --with-colons "$fetched" | awk -F: '$1 == "fpr" { print $10 }' | grep -qx "$2" || {
    echo "$3 is not the key $2: nothing is installed" >&2
    exit 1
  }
  install -m 644 "$fetched" "$file"
  rm "$fetched"
}

swapoff -a
sed -i '/\sswap\s/s/^#*/#/' /etc/fstab
printf 'overlay\nbr_netfilter\n' >/etc/modules-load.d/kubernetes.conf
modprobe -a overlay br_netfilter
printf 'net.ipv4.ip_forward = 1\n' >/etc/sysctl.d/kubernetes.conf
sysctl -q -p /etc/sysctl.d/kubernetes.conf

install-packages.sh ca-certificates curl gpg
# shellcheck disable=SC1091 # the machine's own
. /etc/os-release
series=$(cut -d. -f1,2 <<<"$kubernetes")
keyring kubernetes DE15B14486CD377B9E876E1A234654DA9A296436 \
  "https://pkgs.k8s.io/core:/stable:/v$series/deb/Release.key"
keyring docker 9DC858229FC7DD38854AE2D88D81803C0EBFCD88 "https://download.docker.com/linux/$ID/gpg"
echo "deb [signed-by=/etc/apt/keyrings/kubernetes.gpg] https://pkgs.k8s.io/core:/stable:/v$series/deb/ /" \
  >/etc/apt/sources.list.d/kubernetes.list
echo "deb [arch=$(dpkg --print-architecture) signed-by=/etc/apt/keyrings/docker.gpg] https://download.docker.com/linux/$ID $VERSION_CODENAME stable" \
  >/etc/apt/sources.list.d/docker.list

install-packages.sh "kubelet=$kubernetes" "kubeadm=$kubernetes" "kubectl=$kubernetes" "containerd.io=$containerd" \
  tcpdump python3 iputils-ping arping conntrack procps
apt-mark -qq hold kubelet kubeadm kubectl containerd.io

containerd config default | sed 's/SystemdCgroup = false/SystemdCgroup = true/' >/etc/containerd/config.toml.new
if ! cmp -s /etc/containerd/config.toml.new /etc/containerd/config.toml; then
  mv /etc/containerd/config.toml.new /etc/containerd/config.toml
  systemctl restart containerd
fi
cat >/etc/crictl.yaml <<'CONF'
runtime-endpoint: unix:///run/containerd/containerd.sock
image-endpoint: unix:///run/containerd/containerd.sock
CONF
systemctl enable --quiet --now containerd kubelet
