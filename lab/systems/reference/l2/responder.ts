import type { HostNamespace } from '../../../namespaces/namespace.ts';
import { podTable } from '../datapath/routes.ts';
import type { Announcement } from './selection.ts';

/** A gratuitous ARP request, as Cilium's agent sends on taking over (pkg/datapath/garp): sender and target are the address. */
const announcing = `
import socket, sys
device, address = sys.argv[1:]
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((device, 0))
mac, ip = s.getsockname()[4], socket.inet_aton(address)
s.send(b"\\xff" * 6 + mac + b"\\x08\\x06" + b"\\x00\\x01\\x08\\x00\\x06\\x04\\x00\\x01" + mac + ip + b"\\x00" * 6 + ip)
`;

/**
 * Answers ARP for addresses on a node's interfaces by the kernel's own means: a proxy entry, and a route that leads
 * elsewhere, without which the kernel takes the address for one of the neighbours' own. Goes on while the agent is down.
 */
export class ArpResponder {
  readonly #host: HostNamespace;
  #entries = new Map<string, Announcement>();

  constructor(host: HostNamespace) {
    this.#host = host;
  }

  /** Answers for exactly these from now on. `silently`: without telling the neighbours. */
  async set(wanted: readonly Announcement[], silently: boolean): Promise<void> {
    const next = new Map(wanted.map(entry => [`${entry.address} dev ${entry.device}`, entry]));
    const gone = [...this.#entries].filter(([key]) => !next.has(key));
    const added = [...next].filter(([key]) => !this.#entries.has(key));
    const before = new Set([...this.#entries.values()].map(({ address }) => address));
    const after = new Set([...next.values()].map(({ address }) => address));
    this.#entries = next;
    const lines = [
      ...gone.map(([key]) => `neigh del proxy ${key}`),
      ...[...before].filter(address => !after.has(address)).map(address => `route del ${route(address)}`),
      ...[...after].filter(address => !before.has(address)).map(address => `route replace ${route(address)}`),
      ...added.map(([key]) => `neigh replace proxy ${key}`),
    ];
    if (lines.length === 0) return;
    const undelayed = [...new Set(added.map(([, { device }]) => device))].map(
      device => `echo 0 > /proc/sys/net/ipv4/neigh/${device}/proxy_delay`,
    );
    await this.#run(['sh', '-euc', [...undelayed, 'exec ip -force -batch -'].join('\n')], lines.join('\n'));
    if (silently) return;
    for (const [, { address, device }] of added) {
      await this.#run(['python3', '-c', announcing, device, address]);
    }
  }

  async #run(argv: readonly string[], input = ''): Promise<void> {
    const { code, stderr } = await this.#host.exec(argv, { input });
    if (code !== 0) throw new Error(`${this.#host.name}: ${argv[0]}: ${stderr}`);
  }
}

const route = (address: string): string => `${address}/32 dev cilium_host table ${podTable}`;
