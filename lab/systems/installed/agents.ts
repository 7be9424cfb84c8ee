import type { Executor, RunningCommand } from '../../../helpers/exec.ts';
import type { KubeApi } from '../../../helpers/kube/client.ts';
import { type Pod, pods } from '../../../helpers/kube/resources.ts';
import { until } from '../../../helpers/waiting.ts';
import { isReady } from '../../baseline.ts';

/** Agents of real Cilium, stopped without notice and kept so; what the kernel holds of them stays. */
export interface AgentSwitch {
  stop(nodes: readonly string[]): Promise<void>;
  /** Resolves when they are ready. */
  start(nodes: readonly string[]): Promise<void>;
}

const operatorSelector = 'io.cilium/app=operator';

/** Why there is no operator to restart; undefined when there is. */
export async function whyNoOperator(kube: KubeApi): Promise<string | undefined> {
  const running = await kube.list(pods, { namespace: 'kube-system', labelSelector: operatorSelector });
  return running.length > 0 ? undefined : `no pod with ${operatorSelector} in kube-system`;
}

/** Replaces the operator's pods. Resolves when others are ready in their place. */
export async function restartOperator(kube: KubeApi): Promise<void> {
  const running = () => kube.list(pods, { namespace: 'kube-system', labelSelector: operatorSelector });
  const old = await running();
  await Promise.all(old.map(({ metadata }) => kube.delete(pods, metadata.name, 'kube-system')));
  await until('other pods of the operator to be ready', readyMs, async () => {
    const fresh = (await running()).filter(
      ({ metadata }) => !old.some(pod => pod.metadata.uid === metadata.uid),
    );
    return fresh.length >= old.length && fresh.every(isReady) ? true : undefined;
  });
}

/** No node is kept without its agent for longer, whatever becomes of who stopped it. */
const longestMs = 15 * 60_000;
const readyMs = 180_000;

/**
 * The kubelet restarts what is killed, so it is killed again and again, long before it could dial anybody. An agent's
 * pod is replaced when it may run again: the old one would be kept back for minutes after so many deaths.
 */
export function agentSwitch(hostOf: (node: string) => Executor, kube: () => KubeApi): AgentSwitch {
  const stopped = new Map<string, RunningCommand>();
  const withKube = async <T>(work: (kube: KubeApi) => Promise<T>): Promise<T> => {
    const api = kube();
    return work(api).finally(() => api.close());
  };
  const agentOn = async (api: KubeApi, node: string): Promise<Pod | undefined> => {
    const agents = await api.list(pods, { namespace: 'kube-system', labelSelector: 'k8s-app=cilium' });
    return agents.find(
      ({ spec, metadata }) => spec.nodeName === node && metadata.deletionTimestamp === undefined,
    );
  };
  return {
    stop: async nodes => {
      await Promise.all(
        nodes.map(async node => {
          if (stopped.has(node)) return;
          const host = hostOf(node);
          // It ends with its input: that is, also when who stops the agent is gone.
          const kill = '(while :; do pkill -KILL -x cilium-agent; sleep 0.1; done) & cat; kill $!';
          stopped.set(node, await host.start(['timeout', `${longestMs / 1000}`, 'sh', '-c', kill]));
          await until(`the agent of ${node} to be gone`, readyMs, async () =>
            (await host.exec(['pgrep', '-x', 'cilium-agent'])).code === 0 ? undefined : true,
          );
        }),
      );
    },
    start: nodes =>
      withKube(async api => {
        await Promise.all(
          nodes.map(async node => {
            const killing = stopped.get(node);
            stopped.delete(node);
            if (killing !== undefined) {
              killing.signal('TERM');
              await killing.exited;
            }
            const old = await agentOn(api, node);
            if (old !== undefined) await api.delete(pods, old.metadata.name, 'kube-system');
            await until(`the agent of ${node} to be ready`, readyMs, async () => {
              const fresh = await agentOn(api, node);
              return fresh !== undefined && isReady(fresh) ? true : undefined;
            });
          }),
        );
      }),
  };
}
