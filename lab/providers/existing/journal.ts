import { appendFileSync } from 'node:fs';
import type { KubeApi } from '../../../helpers/kube/client.ts';
import { type Access, accessOf } from '../../../helpers/kube/resource-path.ts';
import type { KubeObject, ResourceType } from '../../../helpers/kube/types.ts';
import type { SystemUnderTest } from '../../lab.ts';
import type { Permission } from './schema.ts';

/** What a run did, as it did it: a JSON object a line, in the file LAB_JOURNAL names. */
export type JournalEntry = { readonly claim: string } & (
  | { readonly access: Access }
  | { readonly object: string }
  | { readonly host: string; readonly argv: readonly string[]; readonly needs?: Permission }
);

/** What happens before the first claim, and after the last. */
export const outsideClaims = 'baseline';

export interface Journal {
  announce(claim: string): void;
  request(method: string, path: string): void;
  object(type: ResourceType, object: KubeObject): void;
  command(host: string, argv: readonly string[], needs?: Permission): void;
}

export function openJournal(file = process.env.LAB_JOURNAL): Journal {
  let claim = outsideClaims;
  type Happening = Omit<JournalEntry, 'claim'>;
  const write = (entry: Happening): void => {
    if (file !== undefined) appendFileSync(file, `${JSON.stringify({ claim, ...entry })}\n`);
  };
  return {
    announce: next => {
      claim = next;
    },
    request: (method, path) => {
      const access = accessOf(method, path);
      if (access !== undefined) write({ access });
    },
    object: ({ kind, namespaced }, { metadata }) =>
      write({ object: `${kind} ${metadata.name}${namespaced ? '' : ' (cluster)'}` }),
    command: (host, argv, needs) => write({ host, argv, ...(needs === undefined ? {} : { needs }) }),
  };
}

/** What is done to Cilium itself is noted as the commands that do it. */
export function journaledSystem(system: SystemUnderTest, journal: Journal): SystemUnderTest {
  const here = 'this machine';
  return {
    ...system,
    configure: (values, cluster) => {
      const argv = ['helm', 'upgrade', 'cilium', '--reset-values', '--values', JSON.stringify(values)];
      journal.command(here, argv, 'configure');
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

/** A client whose new objects are noted by name. */
export function journaled(kube: KubeApi, journal: Journal): KubeApi {
  return {
    ...kube,
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
