import { type Finding, firstLine, kubectl, lastLine, type Machine } from '../../machine/finding.ts';

export async function examineNetns(machine: Machine): Promise<Finding[]> {
  const provider = 'netns';
  if (machine.platform !== 'linux') {
    return [
      {
        provider,
        what: 'Linux',
        state: 'missing',
        detail: machine.platform,
        remedy: 'run it in a Linux VM as root, or use LAB=kind, vagrant or existing',
      },
    ];
  }
  const linux: Finding = { provider, what: 'Linux', state: 'there', detail: '' };
  const user: Finding = machine.isRoot
    ? { provider, what: 'root', state: 'there', detail: '' }
    : {
        provider,
        what: 'root',
        state: 'missing',
        detail: 'another user',
        remedy: 'sudo npm run conformance',
      };
  return [
    linux,
    user,
    ...(await Promise.all([
      packages(machine),
      kernel(machine),
      dsrPrograms(machine),
      cgroup(machine),
      kubectl(machine, provider, 'wanted'),
    ])),
  ];
}

/** The list of packages is the set-up's own. */
async function packages(machine: Machine): Promise<Finding> {
  const about = { provider: 'netns', what: 'Debian packages' } as const;
  if ((await machine.run(['dpkg-query', '--version'])).code !== 0) {
    return {
      ...about,
      state: 'missing',
      detail: 'no apt here',
      remedy: 'use Debian or Ubuntu, or another provider',
    };
  }
  const { code, stdout, stderr } = await machine.run(['bash', 'lab/setup/setup.sh', '--missing']);
  if (code !== 0) {
    return {
      ...about,
      state: 'missing',
      detail: lastLine(stderr) || `exit code ${code}`,
      remedy: 'bash lab/setup/setup.sh',
    };
  }
  const names = stdout.split('\n').flatMap(line => line.split(' ', 1)[0] || []);
  if (names.length === 0) return { ...about, state: 'there', detail: 'all' };
  return { ...about, state: 'missing', detail: names.join(' '), remedy: 'bash lab/setup/setup.sh' };
}

/** What the reference system's DSR with Geneve is made of: compiled, and tried on this kernel. */
async function dsrPrograms(machine: Machine): Promise<Finding> {
  const about = { provider: 'netns', what: 'eBPF programs for DSR with Geneve' } as const;
  const remedy = 'bash lab/setup/setup.sh';
  if (!machine.isRoot) return { ...about, state: 'wanted', detail: 'not tried: needs root', remedy };
  const { code, stderr } = await machine.run(['bash', 'lab/setup/bpf.sh']);
  return code === 0
    ? { ...about, state: 'there', detail: 'compiled, and taken by the kernel' }
    : { ...about, state: 'wanted', detail: firstLine(stderr), remedy };
}

/** Real Cilium has a cgroup for each node; the reference system has none. */
async function cgroup(machine: Machine): Promise<Finding> {
  const about = { provider: 'netns', what: 'cgroup v2 for real Cilium' } as const;
  const { code, stderr } = await machine.run(['bash', 'lab/setup/cgroup.sh', '--try']);
  if (code === 0) return { ...about, state: 'there', detail: '' };
  const [detail = '', ...remedy] = firstLine(stderr).split('; ');
  return { ...about, state: 'wanted', detail, remedy: remedy.join('; ') };
}

async function kernel(machine: Machine): Promise<Finding> {
  const about = { provider: 'netns', what: 'kernel features' } as const;
  if (!machine.isRoot) {
    return {
      ...about,
      state: 'wanted',
      detail: 'not tried: needs root',
      remedy: 'sudo npm run lab -- doctor',
    };
  }
  const { code, stdout, stderr } = await machine.run(['bash', 'lab/setup/kernel.sh']);
  const lacking = stdout.trim().split('\n').join('; ');
  if (code === 0 && lacking === '') return { ...about, state: 'there', detail: 'all' };
  return {
    ...about,
    state: 'missing',
    detail: lacking || lastLine(stderr) || `exit code ${code}`,
    remedy: 'a kernel with these features; in a container, --privileged',
  };
}
