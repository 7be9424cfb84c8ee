import type { Pod } from '../../../helpers/kube/resources.ts';
import type { Condition } from '../../../helpers/kube/types.ts';
import { withCondition } from '../controllers/objects.ts';

/** What a kubelet knows of one container. */
export interface ContainerFacts {
  /** `waiting` before it runs and between two runs; `terminated` for good. */
  readonly state:
    | { readonly waiting: { readonly reason: string; readonly message?: string } }
    | { readonly running: { readonly startedAt: string } }
    | { readonly terminated: Terminated };
  readonly lastState?: { readonly terminated: Terminated };
  readonly ready: boolean;
  readonly restartCount: number;
  readonly containerID?: string;
}

export interface Terminated {
  readonly exitCode: number;
  readonly reason: 'Completed' | 'Error';
  readonly startedAt: string;
  readonly finishedAt: string;
}

export interface PodFacts {
  readonly containers: ReadonlyMap<string, ContainerFacts>;
  readonly address: string | undefined;
  readonly hostAddress: string;
  readonly startTime: string;
  /** A node that is not ready has no ready pods. */
  readonly isNodeReady: boolean;
}

type PodStatus = NonNullable<Pod['status']>;

/** A pod's status from what is known of it; fields of other owners are kept. */
export function statusOf(pod: Pod, facts: PodFacts): PodStatus {
  const all = pod.spec.containers.map(({ name }) => ({ name, facts: facts.containers.get(name) }));
  const unready = all.filter(each => each.facts?.ready !== true).map(each => each.name);
  const { podIP: _ip, podIPs: _ips, ...before } = pod.status ?? {};
  return {
    ...before,
    phase: phaseOf(all.map(each => each.facts)),
    conditions: conditionsOf(pod, facts, unready),
    hostIP: facts.hostAddress,
    ...({ hostIPs: [{ ip: facts.hostAddress }] } as object),
    ...(facts.address === undefined ? {} : { podIP: facts.address, podIPs: [{ ip: facts.address }] }),
    startTime: facts.startTime,
    containerStatuses: pod.spec.containers.map(({ name, image }) => {
      const { state, lastState, ready, restartCount, containerID } = facts.containers.get(name) ?? creating;
      return {
        name,
        image,
        imageID: '',
        ready,
        started: 'running' in state,
        restartCount,
        state,
        lastState: lastState ?? {},
        ...(containerID === undefined ? {} : { containerID }),
      };
    }),
  };
}

export const creating: ContainerFacts = {
  state: { waiting: { reason: 'ContainerCreating' } },
  ready: false,
  restartCount: 0,
};

function phaseOf(containers: readonly (ContainerFacts | undefined)[]): NonNullable<PodStatus['phase']> {
  const states = containers.map(facts => (facts ?? creating).state);
  if (states.every(state => 'terminated' in state)) {
    const failed = states.some(state => 'terminated' in state && state.terminated.exitCode !== 0);
    return failed ? 'Failed' : 'Succeeded';
  }
  // A container between two runs has run: its pod stays Running.
  const hasRun = containers.every(
    facts => facts !== undefined && (!('waiting' in facts.state) || facts.lastState !== undefined),
  );
  return hasRun ? 'Running' : 'Pending';
}

function conditionsOf(pod: Pod, facts: PodFacts, unready: readonly string[]): Condition[] {
  const because =
    unready.length === 0
      ? {}
      : { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
  const isReady = unready.length === 0 && facts.isNodeReady;
  const conditions: Condition[] = [
    { type: 'PodReadyToStartContainers', status: facts.address === undefined ? 'False' : 'True' },
    { type: 'Initialized', status: 'True' },
    {
      type: 'Ready',
      status: isReady ? 'True' : 'False',
      ...(facts.isNodeReady ? because : { reason: 'NodeNotReady', message: 'the node is not ready' }),
    },
    { type: 'ContainersReady', status: unready.length === 0 ? 'True' : 'False', ...because },
    { type: 'PodScheduled', status: 'True' },
  ];
  return conditions.reduce(
    (all: Condition[], condition) => withCondition(all, condition),
    pod.status?.conditions ?? [],
  );
}
