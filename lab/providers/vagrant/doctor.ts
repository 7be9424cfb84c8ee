import {
  type Finding,
  firstLine,
  helm,
  kubectl,
  lastLine,
  type Machine,
  onMac,
  program,
  recent,
} from '../../machine/finding.ts';

export async function examineVagrant(machine: Machine): Promise<Finding[]> {
  const provider = 'vagrant';
  const remedy = onMac(machine, 'brew install --cask vagrant', 'apt-get install vagrant');
  return [
    await recent('vagrant', program(machine, provider, 'Vagrant', ['vagrant', '--version'], remedy), remedy),
    await hypervisor(machine),
    await helm(machine, provider),
    await kubectl(machine, provider, 'missing'),
    await program(machine, provider, 'ssh', ['ssh', '-V'], 'apt-get install openssh-client'),
  ];
}

/** VirtualBox, or libvirt with its Vagrant plugin: one of them is enough. */
async function hypervisor(machine: Machine): Promise<Finding> {
  const about = { provider: 'vagrant', what: 'VirtualBox or libvirt' } as const;
  const virtualBox = await machine.run(['VBoxManage', '--version']);
  if (virtualBox.code === 0)
    return { ...about, state: 'there', detail: `VirtualBox ${lastLine(virtualBox.stdout)}` };
  const libvirt = await machine.run(['virsh', '--version']);
  const plugins = await machine.run(['vagrant', 'plugin', 'list']);
  const remedy = onMac(
    machine,
    'brew install --cask virtualbox',
    'apt-get install vagrant-libvirt libvirt-daemon-system libvirt-clients qemu-system-x86',
  );
  if (libvirt.code !== 0) return { ...about, state: 'missing', detail: 'neither is installed', remedy };
  const version = `libvirt ${firstLine(libvirt.stdout)}`;
  if (!plugins.stdout.includes('vagrant-libvirt')) {
    return { ...about, state: 'missing', detail: `${version}, but no Vagrant plugin for it`, remedy };
  }
  if (!machine.exists('/dev/kvm')) {
    return {
      ...about,
      state: 'wanted',
      detail: `${version}, without /dev/kvm: slow`,
      remedy: 'turn on virtualisation',
    };
  }
  return { ...about, state: 'there', detail: version };
}
