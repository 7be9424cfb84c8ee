import { stringify } from 'yaml';
import { type Executor, output } from '../../../helpers/exec.ts';
import { type ClusterSpec, hostAddress, type Topology } from '../../contract/topology.ts';
import { apiServerPort } from '../../systems/values/cilium-values.ts';

/** Images pulled, control plane up; a node joined. */
const initMs = 15 * 60_000;
const joinMs = 10 * 60_000;

const socket = 'unix:///run/containerd/containerd.sock';
const configFile = '/etc/kubernetes/conformance.yaml';
const adminConfig = '/etc/kubernetes/admin.conf';

/** The documents' cluster: addresses on the lab's own network, no kube-proxy, a control plane that runs pods. */
export function initConfig(topology: Topology, cluster: ClusterSpec): object[] {
  const address = hostAddress(topology, cluster.controlPlane);
  return [
    {
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kind: 'InitConfiguration',
      localAPIEndpoint: { advertiseAddress: address, bindPort: apiServerPort },
      nodeRegistration: { ...registration(topology, cluster.controlPlane), taints: [] },
      skipPhases: ['addon/kube-proxy'],
    },
    {
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kind: 'ClusterConfiguration',
      clusterName: cluster.name,
      kubernetesVersion: cluster.kubernetesVersion,
      // Asked for through a tunnel, it is on loopback.
      apiServer: { certSANs: ['localhost', '127.0.0.1', address] },
      networking: { podSubnet: cluster.podCidr, serviceSubnet: cluster.serviceCidr },
    },
  ];
}

export function joinConfig(topology: Topology, node: string, credentials: JoinCredentials): object {
  return {
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    kind: 'JoinConfiguration',
    discovery: {
      bootstrapToken: {
        apiServerEndpoint: credentials.endpoint,
        token: credentials.token,
        caCertHashes: [credentials.caCertHash],
      },
    },
    nodeRegistration: registration(topology, node),
  };
}

const registration = (topology: Topology, node: string): object => ({
  name: node,
  criSocket: socket,
  kubeletExtraArgs: [{ name: 'node-ip', value: hostAddress(topology, node) }],
});

export interface JoinCredentials {
  readonly endpoint: string;
  readonly token: string;
  readonly caCertHash: string;
}

/** Reads `kubeadm token create --print-join-command`. @throws Error when it is something else; the token is not in it */
export function parseJoinCommand(text: string): JoinCredentials {
  const found =
    /kubeadm join (\S+) --token ([a-z0-9]{6}\.[a-z0-9]{16}) --discovery-token-ca-cert-hash (sha256:[0-9a-f]{64})/.exec(
      text,
    );
  const [, endpoint, token, caCertHash] = found ?? [];
  if (endpoint === undefined || token === undefined || caCertHash === undefined)
    throw new Error('kubeadm token create --print-join-command printed no command to join with');
  return { endpoint, token, caCertHash };
}

/**
 * Makes the cluster on its machines, or what of it is not made yet. Answers its kubeconfig, credentials included.
 * @throws ExecError with kubeadm's own words
 */
export async function makeCluster(
  topology: Topology,
  cluster: ClusterSpec,
  hostOf: (name: string) => Executor,
  onProgress: (line: string) => void,
): Promise<string> {
  const control = hostOf(cluster.controlPlane);
  if (!(await exists(control, adminConfig))) {
    onProgress(`kubeadm init on ${control.name} (images are pulled; minutes)`);
    await kubeadm(control, 'init', initConfig(topology, cluster), initMs);
  }
  const workers = cluster.nodes.filter(node => node !== cluster.controlPlane);
  const missing: string[] = [];
  for (const node of workers)
    if (!(await exists(hostOf(node), '/etc/kubernetes/kubelet.conf'))) missing.push(node);
  if (missing.length > 0) {
    const command = await output(control, [
      ...['kubeadm', 'token', 'create', '--ttl', '15m', '--print-join-command'],
    ]);
    const credentials = parseJoinCommand(command);
    onProgress(`kubeadm join on ${missing.join(', ')}`);
    await Promise.all(
      missing.map(node => kubeadm(hostOf(node), 'join', [joinConfig(topology, node, credentials)], joinMs)),
    );
  }
  return output(control, ['cat', adminConfig]);
}

/** What failed half-way is in the way of a second attempt. */
async function kubeadm(
  host: Executor,
  verb: 'init' | 'join',
  config: readonly object[],
  timeoutMs: number,
): Promise<void> {
  // With the token of the cluster in it.
  await output(host, ['sh', '-c', 'umask 077 && cat >"$0"', configFile], {
    input: config.map(document => stringify(document)).join('---\n'),
  });
  try {
    await output(host, ['kubeadm', verb, '--config', configFile], { timeoutMs });
  } catch (error) {
    await host.exec(['kubeadm', 'reset', '--force', '--cri-socket', socket]).catch(() => {});
    throw error;
  }
}

const exists = async (host: Executor, file: string): Promise<boolean> =>
  (await host.exec(['test', '-e', file])).code === 0;
