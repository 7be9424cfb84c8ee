import { setTimeout as wait } from 'node:timers/promises';
import { type Container, type Pod, pods } from '../../../helpers/kube/resources.ts';
import type { KubeClient } from '../api/client.ts';
import { recordEvent } from '../controllers/events.ts';
import { timestamp } from '../controllers/objects.ts';
import { ImageError, type PodRuntime, type RunningPod } from './pod-runtime.ts';
import { followReadiness } from './readiness.ts';
import { type ContainerFacts, creating, statusOf, type Terminated } from './status.ts';

export interface WorkerOptions {
  readonly kube: KubeClient;
  readonly runtime: PodRuntime;
  readonly node: string;
  readonly nodeAddress: string;
  readonly isNodeReady: () => boolean;
  readonly log: (line: string) => void;
  /** First pause before a container that keeps dying runs again; doubles up to thirty times itself. */
  readonly backoffMs?: number;
}

const sandboxRetryMs = 1_000;
const forgetCrashesMs = 600_000;

/** The life of one pod on its node, from being bound to being removed from the API. */
export class PodWorker {
  readonly #options: WorkerOptions;
  readonly #containers = new Map<string, ContainerFacts>();
  readonly #probes = new Map<string, () => void>();
  readonly #crashes = new Map<string, number>();
  readonly #ending = new AbortController();
  readonly #startTime = timestamp();
  #pod: Pod;
  #running: RunningPod | undefined;
  #started: Promise<void>;
  #ended: Promise<void> | undefined;

  constructor(pod: Pod, options: WorkerOptions) {
    this.#pod = pod;
    this.#options = options;
    this.#started = this.#start();
  }

  get running(): RunningPod | undefined {
    return this.#running;
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** The object has changed. An image that could not be run may have been corrected. */
  update(pod: Pod): void {
    const images = (of: Pod): string => of.spec.containers.map(({ image }) => image).join();
    const isCorrected = this.#running === undefined && images(pod) !== images(this.#pod);
    this.#pod = pod;
    if (pod.metadata.deletionTimestamp !== undefined) {
      this.end(pod.metadata.deletionGracePeriodSeconds).catch(error => this.#complain('ends badly', error));
    } else if (isCorrected) {
      this.#started = this.#started.then(() => this.#start());
    }
  }

  async #start(): Promise<void> {
    const { kube, runtime } = this.#options;
    for (let failures = 0; this.#running === undefined && !this.#ending.signal.aborted; failures++) {
      for (const { name } of this.#pod.spec.containers) this.#containers.set(name, creating);
      this.writeStatus();
      try {
        const running = await runtime.run(this.#pod);
        this.#running = running;
        running.onExit((name, code) => this.#onExit(name, code));
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (error instanceof ImageError) return this.#refuseImage(error);
        this.#event('Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${message}`);
        await wait(Math.min(sandboxRetryMs * 2 ** failures, 30_000), undefined, {
          signal: this.#ending.signal,
          ref: false,
        }).catch(() => {});
      }
    }
    if (this.#running === undefined || kube.get(pods, this.#name, this.#namespace) === undefined) return;
    for (const container of this.#pod.spec.containers) {
      this.#event('Normal', 'Pulled', `Container image "${container.image}" already present on machine`);
      this.#markRunning(container, 0);
    }
    this.writeStatus();
  }

  #refuseImage(error: ImageError): void {
    const { message, container } = error;
    this.#event('Warning', 'Failed', message);
    this.#event('Warning', 'Failed', 'Error: ErrImagePull');
    this.#containers.set(container, { ...creating, state: { waiting: { reason: 'ErrImagePull', message } } });
    this.writeStatus();
    this.#containers.set(container, {
      ...creating,
      state: { waiting: { reason: 'ImagePullBackOff', message } },
    });
    this.writeStatus();
  }

  #markRunning(container: Container, restartCount: number): void {
    const { name, readinessProbe } = container;
    const before = this.#containers.get(name);
    this.#containers.set(name, {
      state: { running: { startedAt: timestamp() } },
      ...(before?.lastState === undefined ? {} : { lastState: before.lastState }),
      ready: readinessProbe === undefined,
      restartCount,
      containerID: `netns://${this.#pod.metadata.uid}/${name}/${restartCount}`,
    });
    this.#event('Normal', 'Started', `Started container ${name}`);
    const running = this.#running;
    if (readinessProbe === undefined || running === undefined) return;
    const stop = followReadiness(
      readinessProbe,
      () => running.check(name, readinessProbe),
      ready => {
        const facts = this.#containers.get(name);
        if (facts === undefined) return;
        if (!ready) this.#event('Warning', 'Unhealthy', 'Readiness probe failed');
        this.#containers.set(name, { ...facts, ready });
        this.writeStatus();
      },
    );
    this.#probes.set(name, stop);
  }

  #onExit(name: string, code: number | undefined): void {
    this.#probes.get(name)?.();
    const facts = this.#containers.get(name) ?? creating;
    const exitCode = code ?? 137;
    const startedAt = 'running' in facts.state ? facts.state.running.startedAt : this.#startTime;
    const terminated: Terminated = {
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      startedAt,
      finishedAt: timestamp(),
    };
    const policy = this.#pod.spec.restartPolicy ?? 'Always';
    const runsAgain =
      !this.#ending.signal.aborted && (policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0));
    if (!runsAgain) {
      this.#containers.set(name, { ...facts, ready: false, state: { terminated } });
      this.writeStatus();
      return;
    }
    this.#restart(name, { ...facts, ready: false }, terminated).catch(error =>
      this.#complain(`container ${name} does not start again`, error),
    );
  }

  /** The first time at once, then after ever longer pauses; a long run makes it forget. */
  async #restart(name: string, facts: ContainerFacts, terminated: Terminated): Promise<void> {
    const base = this.#options.backoffMs ?? 10_000;
    const ranFor = Date.parse(terminated.finishedAt) - Date.parse(terminated.startedAt);
    const crashes = ranFor > forgetCrashesMs ? 0 : (this.#crashes.get(name) ?? 0);
    this.#crashes.set(name, crashes + 1);
    const pause = crashes === 0 ? 0 : Math.min(base * 2 ** (crashes - 1), base * 30);
    const message = `back-off ${pause / 1000}s restarting failed container=${name} pod=${this.#name}_${this.#namespace}`;
    const waiting = { reason: 'CrashLoopBackOff', message };
    const lastState = { terminated };
    this.#containers.set(name, { ...facts, lastState, state: pause === 0 ? { terminated } : { waiting } });
    this.writeStatus();
    if (pause > 0) {
      this.#event('Warning', 'BackOff', `Back-off restarting failed container ${name} in pod ${this.#name}`);
      await wait(pause, undefined, { signal: this.#ending.signal, ref: false }).catch(() => {});
    }
    const container = this.#pod.spec.containers.find(each => each.name === name);
    if (this.#ending.signal.aborted || container === undefined) return;
    await this.#running?.restart(name);
    this.#markRunning(container, facts.restartCount + 1);
    this.writeStatus();
  }

  /**
   * Ends the pod and removes its object. Called again, it can only hurry.
   * @param graceSeconds default: the pod's own
   */
  end(graceSeconds = this.#pod.spec.terminationGracePeriodSeconds ?? 30): Promise<void> {
    if (this.#ended !== undefined) {
      if (graceSeconds === 0) this.#running?.stop(0).catch(error => this.#complain('ends badly', error));
      return this.#ended;
    }
    this.#ended = this.#end(graceSeconds);
    return this.#ended;
  }

  async #end(graceSeconds: number): Promise<void> {
    this.#ending.abort();
    await this.#started;
    if (this.#running !== undefined) {
      const deadline = Date.now() + graceSeconds * 1000;
      for (const { name } of this.#pod.spec.containers)
        this.#event('Normal', 'Killing', `Stopping container ${name}`);
      await this.#runPreStopHooks(graceSeconds);
      await this.#running.stop(Math.max(0, (deadline - Date.now()) / 1000));
    }
    for (const stop of this.#probes.values()) stop();
    const { kube } = this.#options;
    if (kube.get(pods, this.#name, this.#namespace)?.metadata.uid !== this.#pod.metadata.uid) return;
    kube.delete(pods, this.#name, this.#namespace, { gracePeriodSeconds: 0 });
  }

  /** A pod keeps serving while its hooks run: that is what they are for. */
  async #runPreStopHooks(graceSeconds: number): Promise<void> {
    const hooks = this.#pod.spec.containers.map(async ({ name, lifecycle }) => {
      const { exec, sleep } = lifecycle?.preStop ?? {};
      if (exec !== undefined)
        await this.#running?.exec(name, exec.command, { stdin: false, tty: false }).exit;
      else if (sleep !== undefined) await wait(sleep.seconds * 1000, undefined, { ref: false });
    });
    await Promise.race([Promise.allSettled(hooks), wait(graceSeconds * 1000, undefined, { ref: false })]);
  }

  writeStatus(): void {
    const { kube, nodeAddress, isNodeReady } = this.#options;
    const facts = {
      containers: this.#containers,
      address: this.#running?.address,
      hostAddress: nodeAddress,
      startTime: this.#startTime,
      isNodeReady: isNodeReady(),
    };
    kube.updateStatus(pods, this.#name, this.#namespace, draft => {
      if (draft.metadata.uid === this.#pod.metadata.uid) draft.status = statusOf(draft, facts);
    });
  }

  get #name(): string {
    return this.#pod.metadata.name;
  }

  get #namespace(): string {
    return this.#pod.metadata.namespace ?? 'default';
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { kube, node } = this.#options;
    if (kube.get(pods, this.#name, this.#namespace)?.metadata.uid !== this.#pod.metadata.uid) return;
    recordEvent(kube, this.#pod, type, reason, message, { component: 'kubelet', host: node });
  }

  #complain(what: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#options.log(`pod ${this.#namespace}/${this.#name} ${what}: ${message}`);
  }
}
