import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { bgp } from '../../topologies/bgp.ts';
import { initConfig, joinConfig, parseJoinCommand } from './kubeadm.ts';
import { redirected } from './lab.ts';
import { machinesFile, macOf, netmask } from './machines.ts';
import { parseSshConfig } from './ssh-config.ts';
import { interfaceOf } from './wire.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const decoded = (text: string | undefined): string => Buffer.from(text ?? '', 'base64').toString();
const [cluster] = bgp.clusters;
if (cluster === undefined) throw new Error('the BGP lab has no cluster');

test("four machines with the documents' addresses, sizes and versions", () => {
  const file = machinesFile(bgp);
  expect(file.boxes.virtualbox).toEqual({ name: 'bento/ubuntu-24.04', version: '202508.03.0' });
  expect(
    file.machines.map(({ name, cpus, memoryMiB, interfaces }) => [
      name,
      cpus,
      memoryMiB,
      interfaces.map(each => `${each.name} ${each.address} ${each.netmask} ${each.network}`).join(', '),
    ]),
  ).toEqual([
    [
      'router',
      1,
      768,
      'eth1 192.168.10.200 255.255.255.0 conformance-bgp-lan10, eth2 192.168.20.200 255.255.255.0 conformance-bgp-lan20',
    ],
    ['k8s-ctr', 2, 2560, 'eth1 192.168.10.100 255.255.255.0 conformance-bgp-lan10'],
    ['k8s-w1', 2, 1536, 'eth1 192.168.10.101 255.255.255.0 conformance-bgp-lan10'],
    ['k8s-w0', 2, 1536, 'eth1 192.168.20.100 255.255.255.0 conformance-bgp-lan20'],
  ]);
});

test('what each machine is made by', () => {
  const [router, control] = machinesFile(bgp).machines;
  expect(router?.steps.map(({ name }) => name)).toEqual(['tools', 'network', 'frr']);
  expect(control?.steps.map(({ name }) => name)).toEqual(['tools', 'network', 'kubernetes']);
  expect(control?.steps[2]?.args).toEqual(['1.33.2-1.1', '1.7.27-1']);
  expect(decoded(router?.steps[2]?.args[0])).toContain('router bgp 65000\n bgp router-id 192.168.10.200\n');
  const [script, hosts, ...names] = router?.steps[1]?.args ?? [];
  expect(decoded(script)).toContain('ip address replace 192.168.20.200/24 dev eth2\n');
  expect(decoded(script)).toContain('ip address replace 10.10.1.200/24 dev loop1\n');
  expect(decoded(script)).not.toContain('default via');
  expect(decoded(hosts)).toBe(
    '192.168.10.200 router\n192.168.10.100 k8s-ctr\n192.168.10.101 k8s-w1\n192.168.20.100 k8s-w0\n',
  );
  expect(names).toEqual(['02:0c:c0:a8:0a:c8=eth1', '02:0c:c0:a8:14:c8=eth2']);
  expect(() => machinesFile({ ...bgp, clusters: [{ ...cluster, kubernetesVersion: 'v1.20.0' }] })).toThrow(
    'no packages are pinned for Kubernetes v1.20.0 (lab/versions.ts)',
  );
});

test('addresses in other notations', () => {
  expect(macOf('192.168.10.100')).toBe('02:0c:c0:a8:0a:64');
  expect([8, 16, 20, 24, 32].map(netmask)).toEqual([
    '255.0.0.0',
    '255.255.0.0',
    '255.255.240.0',
    '255.255.255.0',
    '255.255.255.255',
  ]);
});

test('nothing is downloaded from a branch, and nothing without a version', () => {
  const scripts = [
    'kubernetes.sh',
    'frr.sh',
    'network.sh',
    'install-packages.sh',
    'router.Dockerfile',
    'node.Dockerfile',
  ];
  const text = scripts
    .map(name => readFileSync(path.join(here, '../../provisioning', name), 'utf8'))
    .concat(readFileSync(path.join(here, 'Vagrantfile'), 'utf8'))
    .join('\n');
  expect(text).not.toMatch(
    /raw\.githubusercontent|refs\/heads|\/master\/|\/main\/|releases\/latest|git clone|\| *(ba)?sh\b/,
  );
  const urls = text.match(/https?:\/\/[^\s"'\\]+/g) ?? [];
  // Archives whose packages are asked for by version, and their keys, which are compared with known fingerprints.
  expect(urls.map(url => new URL(url.replaceAll('$', 'x')).hostname).sort()).toEqual([
    'download.docker.com',
    'download.docker.com',
    'pkgs.k8s.io',
    'pkgs.k8s.io',
  ]);
});

test("kubeadm's configuration is the documents'", () => {
  expect(initConfig(bgp, cluster)).toMatchObject([
    {
      kind: 'InitConfiguration',
      localAPIEndpoint: { advertiseAddress: '192.168.10.100', bindPort: 6443 },
      nodeRegistration: {
        name: 'k8s-ctr',
        criSocket: 'unix:///run/containerd/containerd.sock',
        kubeletExtraArgs: [{ name: 'node-ip', value: '192.168.10.100' }],
        taints: [],
      },
      skipPhases: ['addon/kube-proxy'],
    },
    {
      kind: 'ClusterConfiguration',
      kubernetesVersion: 'v1.33.2',
      networking: { podSubnet: '172.20.0.0/16', serviceSubnet: '10.96.0.0/16' },
    },
  ]);
  const credentials = {
    endpoint: '192.168.10.100:6443',
    token: 'abcdef.0123456789abcdef',
    caCertHash: 'sha256:00',
  };
  expect(joinConfig(bgp, 'k8s-w0', credentials)).toMatchObject({
    kind: 'JoinConfiguration',
    discovery: { bootstrapToken: { apiServerEndpoint: '192.168.10.100:6443', caCertHashes: ['sha256:00'] } },
    nodeRegistration: { name: 'k8s-w0', kubeletExtraArgs: [{ name: 'node-ip', value: '192.168.20.100' }] },
  });
});

test('the join command of kubeadm, and what is none', () => {
  const hash = `sha256:${'0a'.repeat(32)}`;
  const printed = `kubeadm join 192.168.10.100:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash ${hash} \n`;
  expect(parseJoinCommand(printed)).toEqual({
    endpoint: '192.168.10.100:6443',
    token: 'abcdef.0123456789abcdef',
    caCertHash: hash,
  });
  expect(() => parseJoinCommand('timed out waiting for the condition')).toThrow(
    'printed no command to join with',
  );
});

test('what vagrant ssh-config prints', () => {
  const printed = `Host router
  HostName 127.0.0.1
  User vagrant
  Port 2222
  UserKnownHostsFile /dev/null
  StrictHostKeyChecking no
  PasswordAuthentication no
  IdentityFile "/tmp/a b/.vagrant/machines/router/virtualbox/private_key"
  IdentityFile /home/u/.vagrant.d/insecure_private_key
  IdentitiesOnly yes
  LogLevel FATAL

Host k8s-ctr
  HostName 192.168.121.14
  User vagrant
  Port 22
  IdentityFile /x/private_key
`;
  expect(parseSshConfig(printed)).toEqual([
    {
      name: 'router',
      address: '127.0.0.1',
      port: 2222,
      user: 'vagrant',
      identityFile: '/tmp/a b/.vagrant/machines/router/virtualbox/private_key',
    },
    { name: 'k8s-ctr', address: '192.168.121.14', port: 22, user: 'vagrant', identityFile: '/x/private_key' },
  ]);
  expect(() => parseSshConfig('Host router\n  HostName 127.0.0.1\n  User vagrant\n')).toThrow(
    'vagrant ssh-config gives no Port for router: is it running?',
  );
});

test('a kubeconfig that goes through a tunnel', () => {
  const kubeconfig =
    'clusters:\n- cluster:\n    certificate-authority-data: AA==\n    server: https://192.168.10.100:6443\n  name: x\n';
  expect(redirected(kubeconfig, 40_123)).toBe(
    'clusters:\n- cluster:\n    certificate-authority-data: AA==\n    server: https://127.0.0.1:40123\n  name: x\n',
  );
});

test('the interface of a libvirt machine that has a MAC address', () => {
  const domain = `<devices><interface type='network'><mac address='52:54:00:1d:aa:01'/><source network='vagrant-libvirt'/></interface>
    <interface type='network'>
      <mac address='02:0c:c0:a8:14:64'/>
      <source network='conformance-bgp-lan20' portid='1' bridge='virbr2'/>
    </interface></devices>`;
  expect(interfaceOf(domain, '02:0c:c0:a8:14:64')).toMatch(
    /^<interface type='network'>\s*<mac address='02:0c/,
  );
  expect(interfaceOf(domain, '02:0c:c0:a8:14:65')).toBeUndefined();
});

test('the scripts pass shellcheck, the generated ones too', () => {
  test.skip(spawnSync('shellcheck', ['--version']).status !== 0, 'shellcheck is not installed');
  const shellcheck = (input: string): string =>
    spawnSync('shellcheck', ['--shell=sh', '-'], { input, encoding: 'utf8' }).stdout;
  for (const { steps } of machinesFile(bgp).machines) expect(shellcheck(decoded(steps[1]?.args[0]))).toBe('');
  const directory = path.join(here, '../../provisioning');
  const scripts = ['install-packages.sh', 'install-tools.sh', 'kubernetes.sh', 'frr.sh', 'network.sh'];
  expect(spawnSync('shellcheck', scripts, { cwd: directory, encoding: 'utf8' }).stdout).toBe('');
});

test('claims about the mesh do not apply, with what to do; a lab of it is refused with the same words', async () => {
  const { vagrantProvider } = await import('./provider.ts');
  const why = 'LAB=vagrant has no topology mesh; the documents run it in kind: LAB=kind';
  expect(vagrantProvider.whyNoTopology?.('mesh')).toBe(why);
  expect(vagrantProvider.whyNoTopology?.('bgp')).toBeUndefined();
  const wish = { slot: 0, topology: 'mesh', version: '1.18.0', faults: [] };
  const { signal } = new AbortController();
  await expect(
    vagrantProvider.start(wish, { name: 'mesh', keep: false, signal, onProgress: () => {} }),
  ).rejects.toThrow(why);
});
