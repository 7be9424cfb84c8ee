import { type Finding, type Machine, onMac, program } from '../../machine/finding.ts';
import { type Inventory, readInventory } from './inventory.ts';

export async function examineExisting(machine: Machine): Promise<Finding[]> {
  const provider = 'existing';
  const { inventory: file } = machine;
  const helm = await program(
    machine,
    provider,
    'helm',
    ['helm', 'version', '--short'],
    onMac(
      machine,
      'brew install helm',
      'https://helm.sh/docs/intro/install (for claims that configure Cilium)',
    ),
    'wanted',
  );
  if (file === undefined) {
    const remedy =
      'cp lab/providers/existing/lab.example.yaml lab.yaml, fill it in, and export LAB_INVENTORY=lab.yaml';
    return [{ provider, what: 'inventory', state: 'missing', detail: 'none named', remedy }, helm];
  }
  let inventory: Inventory;
  try {
    inventory = readInventory(file);
  } catch (error) {
    const detail = error instanceof Error ? error.message.replaceAll('\n', '; ') : String(error);
    return [{ provider, what: 'inventory', state: 'missing', detail, remedy: `correct ${file}` }, helm];
  }
  const present = (what: string, path: string, remedy: string): Finding => ({
    provider,
    what,
    ...(machine.exists(path)
      ? { state: 'there', detail: path }
      : { state: 'missing', detail: `${path}: no such file`, remedy }),
  });
  const logins = Object.values(inventory.hosts);
  const keys = [...new Set(logins.map(login => login.identityFile))];
  const known = [
    ...new Set(logins.flatMap(login => ('file' in login.knownHosts ? [login.knownHosts.file] : []))),
  ];
  return [
    { provider, what: 'inventory', state: 'there', detail: inventory.file },
    ...inventory.clusters.map(cluster =>
      present('kubeconfig', cluster.kubeconfig, 'npm run lab -- rbac   # says how to make one that suffices'),
    ),
    ...keys.map(key =>
      present('ssh key', key, `ssh-keygen -t ed25519 -f ${key}, and ssh-copy-id to each host`),
    ),
    ...known.map(hosts =>
      present(
        'known_hosts',
        hosts,
        `ssh-keyscan ${logins.map(({ address }) => address).join(' ')} >> ${hosts}`,
      ),
    ),
    helm,
  ];
}
