import { setTimeout } from 'node:timers/promises';
import { ciliumEndpoints, ciliumIdentities, ciliumNodes } from '../../../../helpers/cilium/resources.ts';
import { endpointSlices, type Service, services } from '../../../../helpers/kube/resources.ts';
import type { ResourceType } from '../../../../helpers/kube/types.ts';
import type { ClusterSpec } from '../../../contract/topology.ts';
import type { KubeClient } from '../../../kubernetes/api/client.ts';
import type { Faults } from '../faults.ts';
import { createReconciler } from '../reconciler.ts';
import { isGlobal, isShared } from './annotations.ts';
import type { Etcd } from './etcd.ts';
import { heartbeatKey, parts, stateOf, syncedKey } from './state.ts';

const retryMs = 50;
/** pkg/kvstore/heartbeat */
const heartbeatMs = 60_000;

export interface ExporterOptions {
  readonly kube: KubeClient;
  readonly cluster: Pick<ClusterSpec, 'name' | 'id'>;
  readonly etcd: Etcd;
  readonly faults: Faults;
  readonly log: (line: string) => void;
}

/** Keeps a cluster's own etcd what its API says: the part of Cilium's clustermesh-apiserver. Returns a function that ends it. */
export function startExporter({ kube, cluster, etcd, faults, log }: ExporterOptions): () => Promise<void> {
  /** What is in etcd; undefined until it has been asked, and after it was lost. */
  let written: Map<string, string> | undefined;
  const end = new AbortController();
  const shared = sharing(faults);

  const write = async (): Promise<void> => {
    if (written === undefined) return;
    const known = written;
    const objects = {
      nodes: kube.list(ciliumNodes),
      endpoints: kube.list(ciliumEndpoints),
      identities: kube.list(ciliumIdentities),
      services: kube.list(services),
      slices: kube.list(endpointSlices),
    };
    const wanted = stateOf(cluster, objects, { isShared: shared, faults });
    const puts = [...wanted].filter(([key, value]) => known.get(key) !== value);
    const gone = [...known.keys()].filter(key => !wanted.has(key));
    await Promise.all([
      ...puts.map(async ([key, value]) => {
        await etcd.put(key, value);
        known.set(key, value);
      }),
      ...gone.map(async key => {
        await etcd.delete(key);
        known.delete(key);
      }),
    ]);
  };
  const reconciler = createReconciler(write, (error, next) =>
    log(`mesh API of ${cluster.name}: writing failed, again in ${next} ms: ${String(error)}`),
  );

  /** While the watch stands the etcd is the one we wrote to; one that comes after it may be empty. */
  const follow = async (): Promise<void> => {
    while (!end.signal.aborted) {
      try {
        const { revision, entries } = await etcd.range('cilium/');
        written = new Map(entries.filter(({ key }) => !isOurs(key)).map(({ key, value }) => [key, value]));
        await write();
        const now = new Date().toISOString();
        await etcd.put(heartbeatKey, now);
        for (const part of parts) await etcd.put(syncedKey(cluster.name, part), now);
        for await (const _ of etcd.watch(heartbeatKey, revision + 1, end.signal)) reconciler.trigger();
      } catch (error) {
        if (written !== undefined && !end.signal.aborted) {
          log(`mesh API of ${cluster.name}: etcd lost: ${String(error)}`);
        }
      }
      written = undefined;
      await setTimeout(retryMs, undefined, { ref: false });
    }
  };
  const following = follow();
  const heartbeat = setInterval(() => {
    etcd.put(heartbeatKey, new Date().toISOString()).catch(() => {}); // told by the watch
  }, heartbeatMs);
  heartbeat.unref();
  const types: readonly ResourceType[] = [
    ciliumNodes,
    ciliumEndpoints,
    ciliumIdentities,
    services,
    endpointSlices,
  ];
  const stops = types.map(type => kube.watch(type, reconciler.trigger));

  return async () => {
    end.abort();
    clearInterval(heartbeat);
    for (const stop of stops) stop();
    await reconciler.stop();
    await following;
  };
}

/** Keys that are no state of the cluster's. */
const isOurs = (key: string): boolean => key === heartbeatKey || key.startsWith('cilium/synced/');

function sharing(faults: Faults): (service: Service) => boolean {
  const decided = new Map<string, boolean>();
  return service => {
    if (faults.has('mesh-shares-everything')) return true;
    if (faults.has('mesh-shared-ignored')) return isGlobal(service);
    if (!faults.has('cilium-18766')) return isShared(service);
    const { uid = '' } = service.metadata;
    const first = decided.get(uid) ?? isShared(service);
    decided.set(uid, first);
    return first;
  };
}
