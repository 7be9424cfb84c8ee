import { type Finding, helm, kubectl, type Machine, onMac, program, recent } from '../../machine/finding.ts';

export function examineKind(machine: Machine): Promise<Finding[]> {
  const engine = onMac(machine, 'brew install --cask docker', 'apt-get install docker.io, then start it');
  const kindItself = onMac(machine, 'brew install kind', 'https://kind.sigs.k8s.io/docs/user/quick-start');
  return Promise.all([
    recent(
      'docker',
      program(
        machine,
        'kind',
        'Docker engine',
        ['docker', 'version', '--format', '{{.Server.Version}}'],
        engine,
      ),
      engine,
    ),
    recent('kind', program(machine, 'kind', 'kind', ['kind', 'version'], kindItself), kindItself),
    helm(machine, 'kind'),
    kubectl(machine, 'kind', 'missing'),
  ]);
}
