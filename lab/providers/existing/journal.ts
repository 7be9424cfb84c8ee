import { appendFileSync } from 'node:fs';
import type { KubeApi } from '../../../helpers/kube/client.ts';
import { type Access, accessOf } from '../../../helpers/kube/resource-path.ts';
import type { KubeObject, ResourceType } from '../../../helpers/kube/types.ts';
import type { HelmValues, Host, SystemUnderTest } from '../../contract/lab.ts';
import { judge } from './commands.ts';
import type { Permission } from './schema.ts';

/** What a run did, as it did it: a JSON object a line, in the file LAB_JOURNAL names. */
export type JournalEntry = { readonly claim: string } & (
  | { readonly access: Access }
  | { readonly object: string }
  | { readonly need: Permission }
  | { readonly host: string; readonly argv: readonly string[]; readonly needs?: Permission }
);

/** What happens before the first claim, and after the last. */
export const outsideClaims = 'baseline';

export interface Journal {
  /** @param values what Cilium was configured with before the claim, and for it */
  announce(claim: string, values: HelmValues): void;
  request(method: string, path: string): void;
  object(type: ResourceType, object: KubeObject): void;
  /** Something of a cluster that only a permission allows. */
  need(permission: Permission): void;
  command(host: string, argv: readonly string[], needs?: Permission): void;
  /** A machine whose commands are noted. */
  machine<T extends Host>(host: T): T;
}

export function openJournal(file = process.env.LAB_JOURNAL): Journal {
  let claim = outsideClaims;
  type Happening = Omit<JournalEntry, 'claim'>;
  const write = (entry: Happening): void => {
    if (file !== undefined) appendFileSync(file, `${JSON.stringify({ claim, ...entry })}\n`);
  };
  const command: Journal['command'] = (host, argv, needs) =>
    write({ host, argv, ...(needs === undefined ? {} : { needs }) });
  return {
    announce: (next, values) => {
      claim = next;
      if (Object.keys(values).length > 0) command(here, helmUpgrade(values), 'configure');
    },
    request: (method, path) => {
      const access = accessOf(method, path);
      if (access !== undefined) write({ access });
    },
    object: ({ kind, namespaced }, { metadata }) => {
      const { name, namespace = 'default' } = metadata;
      const elsewhere = namespace === 'default' ? '' : ` (in ${namespace})`;
      write({ object: `${kind} ${name}${namespaced ? elsewhere : ' (cluster)'}` });
    },
    need: permission => write({ need: permission }),
    command,
    machine: host => ({
      ...host,
      exec: (argv, options) => {
        const judgement = judge(argv, host.role, []);
        command(host.name, argv, 'needs' in judgement ? judgement.needs : undefined);
        return host.exec(argv, options);
      },
    }),
  };
}

const here = 'this machine';
const helmUpgrade = (values: HelmValues): string[] => [
  'helm',
  'upgrade',
  'cilium',
  '--reset-values',
  '--values',
  JSON.stringify(values),
];

/** What is done to Cilium itself is noted as the commands that do it. */
export function journaledSystem(system: SystemUnderTest, journal: Journal): SystemUnderTest {
  return {
    ...system,
    configure: (values, cluster) => {
      journal.command(here, helmUpgrade(values), 'configure');
      return system.configure(values, cluster);
    },
    stopAgents: nodes => {
      for (const node of nodes)
        journal.command(node, ['pkill', '-KILL', '-x', 'cilium-agent'], 'restart-agents');
      return system.stopAgents(nodes);
    },
    startAgents: nodes => {
      journal.command(here, ['kubectl', '-n', 'kube-system', 'delete', 'pod', '{agents}'], 'restart-agents');
      return system.startAgents(nodes);
    },
    restartOperator: cluster => {
      journal.command(
        here,
        ['kubectl', '-n', 'kube-system', 'delete', 'pod', '{operator}'],
        'restart-agents',
      );
      return system.restartOperator(cluster);
    },
  };
}

/** A client whose new objects are noted by name, and its commands in pods by whose pods they are. */
export function journaled(kube: KubeApi, journal: Journal): KubeApi {
  const whose = (namespace: string): string => (namespace === 'kube-system' ? "Cilium's pods" : 'our pods');
  return {
    ...kube,
    exec: (pod, namespace, container, argv) => {
      journal.command(whose(namespace), argv);
      return kube.exec(pod, namespace, container, argv);
    },
    executor: (pod, namespace, container) => {
      const inPod = kube.executor(pod, namespace, container);
      const noted = (argv: readonly string[]): void => journal.command(whose(namespace), argv);
      return {
        ...inPod,
        exec: (argv, options) => {
          noted(argv);
          return inPod.exec(argv, options);
        },
        start: argv => {
          noted(argv);
          return inPod.start(argv);
        },
      };
    },
    create: (type, object, options) => {
      journal.object(type, object);
      return kube.create(type, object, options);
    },
    apply: (type, object) => {
      journal.object(type, object);
      return kube.apply(type, object);
    },
    applyServerSide: (type, object) => {
      journal.object(type, object);
      return kube.applyServerSide(type, object);
    },
  };
}
