import type { ControllerContext } from './context.ts';
import { startDaemonSets } from './daemonsets.ts';
import { startDeployments } from './deployments.ts';
import { startEndpoints } from './endpoints.ts';
import { type NodeRegistry, startNodes } from './nodes.ts';
import { startReplicaSets } from './replicasets.ts';
import { startScheduler } from './scheduler.ts';

export type { ControllerContext } from './context.ts';

/** Starts what kube-controller-manager and kube-scheduler do in a real cluster, as far as the lab needs it. */
export function startControllers(context: ControllerContext): NodeRegistry {
  const registry = startNodes(context);
  const stops = [startDeployments, startReplicaSets, startDaemonSets, startScheduler, startEndpoints].map(
    start => start(context),
  );
  return {
    setNodeReady: registry.setNodeReady,
    stop: () => {
      for (const stop of stops) stop();
      registry.stop();
    },
  };
}
