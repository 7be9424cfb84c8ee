import { createHash } from 'node:crypto';
import { ExecError } from '../../../../helpers/exec.ts';
import type { HostNamespace } from '../../../namespaces/namespace.ts';
import { run } from '../../../namespaces/network.ts';
import type { Faults } from '../faults.ts';
import { PodAddresses } from './pod-addresses.ts';
import { nodeRoutes, plugPod, podDefaultRoute, podRoutes, wrongWayRoutes } from './routes.ts';

interface Attachment {
  /** The pod's network namespace, a path. */
  readonly netns: string;
  readonly address: string;
  readonly hostInterface: string;
}

/** One node's interfaces, routes and pod addresses. */
export class NodeNetwork {
  readonly node: HostNamespace;
  readonly podCidr: string;
  /** cilium_host's address: the pods' gateway, and the node's source address towards them. */
  readonly routerAddress: string;
  readonly #addresses: PodAddresses;
  readonly #attachments = new Map<string, Attachment>();
  #routes: ReadonlySet<string> = new Set();
  #podMtu: number | undefined;

  constructor(node: HostNamespace, podCidr: string) {
    this.node = node;
    this.podCidr = podCidr;
    this.#addresses = new PodAddresses(podCidr, node.name);
    this.routerAddress = this.#addresses.allocate('cilium_host');
  }

  /** Addresses of this node's pods, in no particular order. */
  get podAddresses(): readonly string[] {
    return [...this.#attachments.values()].map(({ address }) => address);
  }

  /** @throws ExecError */
  async setUp(faults: Faults = new Set()): Promise<void> {
    // Cilium turns the reverse path filter off where its own interfaces are; requests that come in by eth1 and
    // are answered by the default route's eth0 must not be filtered on the documents' machines, either.
    // Without the last, the second refusal within a second stays unsaid.
    const settings =
      'echo 1 > ip_forward; for file in conf/*/rp_filter; do echo 0 > $file; done; echo 0 > icmp_ratelimit';
    await run(['nsenter', `--net=${this.node.netns}`, 'sh', '-euc', `cd /proc/sys/net/ipv4; ${settings}`]);
    const wrongWay = faults.has('cilium-40521') ? wrongWayRoutes() : [];
    await ip(this.node.netns, [...nodeRoutes(this.podCidr, this.routerAddress), ...wrongWay]);
  }

  /** As CNI ADD; a pod that is attached already keeps its address. @throws ExecError, or Error when the PodCIDR is full */
  async attach(key: string, owner: string, podNetns: string): Promise<string> {
    const known = this.#attachments.get(key);
    if (known !== undefined) return known.address;
    const address = this.#addresses.allocate(owner);
    // Interface names have 15 characters at most.
    const hostInterface = `lxc${createHash('sha256').update(key).digest('hex').slice(0, 12)}`;
    this.#attachments.set(key, { netns: podNetns, address, hostInterface });
    try {
      await ip(this.node.netns, plugPod(hostInterface, podNetns, address, this.routerAddress));
      await Promise.all([
        ip(podNetns, podRoutes(address, this.routerAddress, this.#podMtu)),
        // Offloaded checksums and segments would show in captures as wrong checksums and frames of 64 KB.
        run(['nsenter', `--net=${podNetns}`, 'ethtool', '-K', 'eth0', 'tx', 'off']),
      ]);
      return address;
    } catch (error) {
      await this.detach(key);
      throw error;
    }
  }

  /** As CNI DEL: detaching what is not attached, or whose wire went with its namespace, is no error. */
  async detach(key: string): Promise<void> {
    const known = this.#attachments.get(key);
    if (known === undefined) return;
    this.#attachments.delete(key);
    try {
      await ip(this.node.netns, [`link del ${known.hostInterface}`]);
    } catch (error) {
      if (!(error instanceof ExecError && /Cannot find device/.test(error.message))) throw error;
    } finally {
      this.#addresses.release(known.address);
    }
  }

  /** cilium-28137: what was added before stays, and nobody knows of it. */
  forgetRoutes(): void {
    this.#routes = new Set();
  }

  /** Makes the routes to other nodes' PodCIDRs exactly these, each as `ip route add` takes it. @throws ExecError */
  async setRoutes(wanted: readonly string[]): Promise<void> {
    const before = this.#routes;
    const after = new Set(wanted);
    this.#routes = after;
    const changes = [
      ...[...before].filter(route => !after.has(route)).map(route => `route del ${route}`),
      ...[...after].filter(route => !before.has(route)).map(route => `route replace ${route}`),
    ];
    if (changes.length > 0) await this.run(changes);
  }

  /** How long the packets of its pods may be, in bytes; undefined: as their interfaces say. @throws ExecError */
  async setPodMtu(mtu: number | undefined): Promise<void> {
    if (mtu === this.#podMtu) return;
    this.#podMtu = mtu;
    const route = `route replace ${podDefaultRoute(this.routerAddress, mtu)}`;
    await Promise.all(
      [...this.#attachments].map(async ([key, { netns }]) => {
        await ip(netns, [route]).catch((error: Error) => {
          // A pod that has gone meanwhile needs no route.
          if (this.#attachments.has(key)) throw error;
        });
      }),
    );
  }

  /** Lines for `ip -batch` on the node. @throws ExecError */
  run(lines: readonly string[]): Promise<void> {
    return ip(this.node.netns, lines);
  }
}

/** Runs `ip -batch` from the lab's own process: it sees every namespace's path, a host only those mounted before it. */
function ip(netns: string, lines: readonly string[]): Promise<void> {
  return run(['nsenter', `--net=${netns}`, 'ip', '-batch', '-'], `${lines.join('\n')}\n`);
}
