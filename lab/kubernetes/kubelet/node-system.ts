import type { ExecResult } from '../../../helpers/exec.ts';
import type { Container, Pod } from '../../../helpers/kube/resources.ts';

/** What the kubelet needs of the system under test: its CNI plugin, and its agents. */
export interface NodeSystem {
  /** Connects a pod's network namespace to its node, as the CNI plugin's ADD does; returns the pod's address. */
  attachPod(node: string, pod: Pod, netns: string): Promise<string>;
  detachPod(node: string, pod: Pod, netns: string): Promise<void>;
  /** The command for a container whose image only the system has; undefined for all others. */
  containerCommand?(pod: Pod, container: Container): readonly string[] | undefined;
  /** Runs a command in the agent's container on a node (`cilium-dbg …`, or another command of an operator). */
  execInAgent(node: string, argv: readonly string[]): Promise<ExecResult>;
  /** The last lines of the agent's log, where there is one. */
  agentLog?(node: string, lines: number): string;
  /** Without notice, as SIGKILL does; the node's datapath goes on. */
  stopAgent(node: string): Promise<void>;
  startAgent(node: string): Promise<void>;
}
