import type { Topology } from './contract/topology.ts';

/** What the labs with real Cilium are made of. Each version is stated here, and nowhere else. */

/** The documents'; CILIUM_VERSION asks for another. */
const ciliumVersions: Readonly<Record<Topology['name'], string>> = { bgp: '1.18.0', mesh: '1.17.6' };

/** @throws Error when CILIUM_VERSION is no version */
export function ciliumVersion(topology: Topology, wanted = process.env.CILIUM_VERSION): string {
  const version = wanted ?? ciliumVersions[topology.name];
  requireVersion('CILIUM_VERSION=', version);
  return version;
}

/** Whose documented behaviour the reference system follows. @throws Error when REFERENCE_VERSION is no version */
export function referenceVersion(wanted = process.env.REFERENCE_VERSION): string {
  const version = wanted ?? ciliumVersions.bgp;
  requireVersion('REFERENCE_VERSION=', version);
  return version;
}

/** @throws Error when it is no version of Cilium, which is `what` followed by it */
export function requireVersion(what: string, version: string): void {
  if (!/^1\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version))
    throw new Error(`${what}${version} is no version of Cilium, like 1.18.0 or 1.19.0-rc.1`);
}

/**
 * kind's node images by Kubernetes version, for amd64 and arm64. Other ones are on the page of kind's releases, with
 * their digests.
 */
const kindNodeImages: Readonly<Record<string, string>> = {
  'v1.33.2': 'kindest/node:v1.33.2@sha256:c55080dc5be4f2cc242e6966fdf97bb62282e1cd818a28223cf536db8b0fddf4',
};

/** @throws Error naming the versions there are */
export function kindNodeImage(kubernetesVersion: string): string {
  const image = kindNodeImages[kubernetesVersion];
  if (image === undefined) {
    throw new Error(
      `no node image is pinned for Kubernetes ${kubernetesVersion} (lab/versions.ts); for ${Object.keys(kindNodeImages).join(', ')} there is`,
    );
  }
  return image;
}

/** What the router container is built on: Debian 12, whose FRR is the documents' 8.4.4. */
export const routerBaseImage =
  'debian:bookworm-20260918-slim@sha256:3783cc01769c7b2b1b83a5c5ad96c815348e28ed7da68e2e3687004faa906251';

/** The documents' machine image, for VirtualBox on amd64 and arm64; it has no libvirt edition, so there it is Ubuntu's own cloud image. */
export const vagrantBoxes = {
  virtualbox: { name: 'bento/ubuntu-24.04', version: '202508.03.0' },
  libvirt: { name: 'cloud-image/ubuntu-24.04', version: '20260705.0.0' },
} as const;

/** Debian packages inside the virtual machines, as `apt list -a` names them. */
export const machinePackages: Readonly<
  Record<string, { readonly kubernetes: string; readonly containerd: string }>
> = {
  'v1.33.2': { kubernetes: '1.33.2-1.1', containerd: '1.7.27-1' },
};

/** The tools that a provider drives, oldest versions that are known to do. */
export const toolVersions = {
  /** `network connect --ip`, `--cgroupns` (kind asks for API 1.41). */
  docker: '20.10.0',
  /** containerd 2 in node images of Kubernetes 1.33 (kind's release notes). */
  kind: '0.27.0',
  /** One minor version older than the API server is supported. */
  kubectl: '1.32.0',
  helm: '3.8.0',
  vagrant: '2.3.4',
} as const;
