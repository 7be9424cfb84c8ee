import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { startCapture } from '../../../helpers/capture.ts';
import { containerExecutor } from '../../../helpers/container.ts';
import { type Executor, output } from '../../../helpers/exec.ts';
import { frr } from '../../../helpers/frr.ts';
import { routeRow, routes } from '../../../helpers/iproute.ts';
import { machineTools } from '../../../helpers/tools.ts';
import { until } from '../../../helpers/waiting.ts';
import { hostAddress } from '../../contract/topology.ts';
import { bgp } from '../../topologies/bgp.ts';
import { neighborLines } from '../../topologies/frr-config.ts';
import { debian, type KindWorkshop, type Machines, openWorkshop, reaches } from '../testing/kind-machines.ts';
import { inWorkshop } from '../testing/workshop.ts';
import { planImage } from './images.ts';
import { kubeconfigFile } from './labs.ts';
import { removeLab, whatIsThere } from './remove.ts';
import { setWire } from './wire.ts';

/**
 * The provider's commands on a real Docker engine and the real kind, with node images of Debian's packages in which
 * kubeadm and its like are stubs: no Kubernetes, no Cilium.
 */
test.describe.configure({ mode: 'serial' });

const opened = inWorkshop(openWorkshop, 900_000);
let workshop: KindWorkshop;
let tools: Executor;

test.beforeAll(() => {
  workshop = opened();
  ({ tools } = workshop);
});

test.describe('topology bgp', () => {
  let lab: Machines;
  const router = (): Executor => lab.on('router');

  test.beforeAll(async () => {
    lab = await workshop.create(bgp);
  });
  test.afterAll(async () => {
    if (lab !== undefined) await removeLab(lab.plan, tools);
  });

  test('every machine has the addresses and routes of the documents, and the uplink its default route', async () => {
    for (const host of bgp.hosts) {
      const addresses = await output(lab.on(host.name), ['ip', '-4', '-o', 'address', 'show']);
      for (const each of [...host.interfaces, ...(host.loopbacks ?? [])])
        expect(addresses).toMatch(new RegExp(`${each.name} +inet ${each.address.replaceAll('.', '\\.')}`));
      const rows = (await routes(lab.on(host.name))).map(routeRow).join('\n');
      expect(rows).toMatch(/^default .*via \S+ dev eth0/m);
      for (const { to, via } of host.routes ?? [])
        expect(rows).toMatch(new RegExp(`^${to} .*via ${via} dev eth1`, 'm'));
    }
  });

  test('frames between the subnets go through the router alone', async () => {
    expect(await reaches(lab.on('k8s-ctr'), '192.168.20.100')).toBe(true);
    expect(await reaches(router(), hostAddress(bgp, 'k8s-w1'))).toBe(true);
    const trace = await output(lab.on('k8s-w0'), ['ip', 'route', 'get', '192.168.10.101']);
    expect(trace).toContain('via 192.168.20.200 dev eth1');
    // What the router forwards is of another prefix than the segment: Docker's filters and its translation let it be.
    await output(lab.on('k8s-ctr'), ['ip', 'route', 'replace', '10.10.1.0/24', 'via', '192.168.10.200']);
    expect(
      (await router().exec(['ping', '-c', '1', '-W', '2', '-I', '10.10.1.200', '192.168.10.100'])).code,
    ).toBe(0);
  });

  test('kind made the nodes as it was told, with the names and addresses of the topology', async () => {
    for (const [node, command] of [
      ['k8s-ctr', 'init'],
      ['k8s-w1', 'join'],
      ['k8s-w0', 'join'],
    ] as const) {
      const calls = await output(lab.on(node), ['cat', '/var/calls']);
      expect(calls).toMatch(new RegExp(`^kubeadm ${command} --config[ =]/kind/kubeadm\\.conf`, 'm'));
      // Once: the second run of the same command finds it done.
      expect(calls.split('\n').filter(call => call === 'systemctl restart kubelet')).toHaveLength(1);
      const config = await output(lab.on(node), ['cat', '/kind/kubeadm.conf']);
      expect(config).toContain(`  name: ${node}\n`);
      expect(config).toMatch(/certSANs:\n {2}- localhost\n {2}- 127\.0\.0\.1\n {2}- 192\.168\.10\.100\n/);
      expect(config).toContain('podSubnet: 172.20.0.0/16');
      expect(config).toContain('serviceSubnet: 10.96.0.0/16');
      expect(config).not.toContain('KubeProxyConfiguration');
      const flags = await output(lab.on(node), ['cat', '/var/lib/kubelet/kubeadm-flags.env']);
      expect(flags).toContain(`--node-ip=${hostAddress(bgp, node)} `);
    }
    expect(readFileSync(kubeconfigFile('bgp', 'default'), 'utf8')).toContain('kind-conformance-bgp');
  });

  test('sessions come up between FRRs, and the router has every next hop in its kernel', async () => {
    for (const node of ['k8s-ctr', 'k8s-w1', 'k8s-w0']) {
      const address = hostAddress(bgp, node);
      const config = [
        'router bgp 65001',
        ` bgp router-id ${address}`,
        ' no bgp ebgp-requires-policy',
        ' neighbor 192.168.10.200 remote-as 65000',
        ' neighbor 192.168.10.200 ebgp-multihop 2',
        ' neighbor 192.168.10.200 timers connect 3',
        ' address-family ipv4 unicast',
        '  network 172.16.1.1/32',
        '',
      ];
      await output(lab.on(node), ['ip', 'address', 'add', '172.16.1.1/32', 'dev', 'lo']);
      await output(lab.on(node), ['tee', '/etc/frr/frr.conf'], { input: config.join('\n') });
      await output(lab.on(node), ['/usr/lib/frr/frrinit.sh', 'start']);
    }
    const bgpd = frr(router());
    await bgpd.configure(['router bgp 65000', ...neighborLines(bgp)]);
    const nextHops = await until('three next hops for 172.16.1.1', 60_000, async () => {
      const rows = (await routes(router())).map(routeRow).filter(row => row.startsWith('172.16.1.1'));
      return ['192.168.10.100', '192.168.10.101', '192.168.20.100'].every(hop => rows.join().includes(hop))
        ? rows
        : undefined;
    });
    expect(nextHops).toHaveLength(1);
    const { peers } = await bgpd.summary();
    expect(peers.map(peer => peer.state)).toEqual(['Established', 'Established', 'Established']);
  });

  test('commands: input, exit codes, what cannot be started, what does not end', async () => {
    expect(await router().exec(['cat'], { input: 'line\n' })).toEqual({
      code: 0,
      stdout: 'line\n',
      stderr: '',
    });
    expect(await router().exec(['sh', '-c', 'echo "it\'s $0" >&2; exit 3', 'a b'])).toEqual({
      code: 3,
      stdout: '',
      stderr: "it's a b\n",
    });
    expect((await router().exec(['no-such-program'])).code).toBe(127);
    const gone = containerExecutor('gone', 'conformance-bgp-gone', tools);
    await expect(gone.exec(['true'])).rejects.toThrow(
      /on gone: true: docker could not start it: .*No such container/,
    );
    await expect(router().exec(['sleep', '4711'], { timeoutMs: 1_000 })).rejects.toThrow(
      'did not end within 1000 ms',
    );
    await until('the command in the container to be gone', 5_000, async () =>
      (await router().exec(['pgrep', '-f', 'sleep 4711'])).code === 1 ? true : undefined,
    );
    const running = await router().start(['sleep', '4712']);
    running.signal('TERM');
    expect((await running.exited).code).not.toBe(0);
  });

  test('a capture sees what passes', async () => {
    const file = test.info().outputPath('router.pcap');
    mkdirSync(path.dirname(file), { recursive: true });
    const capture = await startCapture({
      host: router(),
      networkInterface: 'eth2',
      filter: 'icmp',
      file,
      neighbor: '192.168.20.100',
    });
    expect(await reaches(lab.on('k8s-ctr'), '192.168.20.100')).toBe(true);
    await capture.flush();
    await capture.stop();
    const seen = await output(machineTools(), ['tcpdump', '-n', '-r', file, 'icmp and host 192.168.10.100']);
    expect(seen).toContain('192.168.10.100 > 192.168.20.100: ICMP echo request');
    expect(seen).toContain('192.168.20.100 > 192.168.10.100: ICMP echo reply');
  });

  test('a wire that is cut: the carrier stays, nothing passes, and mended it is as before', async () => {
    const node = lab.on('k8s-w0');
    const wire = { host: 'k8s-w0', networkInterface: 'eth1' };
    const by = { tools, image: planImage('router', debian).tag };
    await setWire(lab.plan, wire, 'cut', by);
    expect(await reaches(node, '192.168.20.200')).toBe(false);
    expect((await output(node, ['cat', '/sys/class/net/eth1/carrier'])).trim()).toBe('1');
    await setWire(lab.plan, wire, 'mended', by);
    expect(await reaches(node, '192.168.20.200')).toBe(true);
    await expect(setWire(lab.plan, { host: 'k8s-w0', networkInterface: 'eth9' }, 'cut', by)).rejects.toThrow(
      'k8s-w0 has no interface eth9',
    );
  });

  test('FRR restarts', async () => {
    await frr(router()).save();
    await output(router(), ['/usr/lib/frr/frrinit.sh', 'restart']);
    // The far node is dialled from another address than it expects, and dials again itself after two minutes.
    const near = ['192.168.10.100', '192.168.10.101'];
    await expect
      .poll(
        async () => {
          const { peers } = await frr(router()).summary();
          return peers.filter(({ address, state }) => near.includes(address) && state === 'Established')
            .length;
        },
        { timeout: 120_000 },
      )
      .toBe(near.length);
  });

  test('removed, nothing is left, and what others have stays', async () => {
    await output(tools, ['docker', 'network', 'create', 'somebody']);
    await output(tools, [
      'docker',
      'run',
      '--detach',
      '--name',
      'db',
      '--network',
      'somebody',
      debian,
      'sleep',
      'infinity',
    ]);
    await removeLab(lab.plan, tools);
    expect(await whatIsThere(lab.plan, tools)).toEqual({ containers: [], networks: [] });
    await removeLab(lab.plan, tools); // once more is no error
    expect(await output(tools, ['docker', 'ps', '--all', '--format', '{{.Names}}'])).toBe('db\n');
    expect(await output(tools, ['docker', 'volume', 'ls', '--quiet'])).toBe('');
    await output(tools, ['docker', 'rm', '--force', 'db']);
    await output(tools, ['docker', 'network', 'rm', 'somebody']);
  });
});
