import { expect, test } from '@playwright/test';
import type { KeyChange, KeyValue } from './etcd.ts';
import { RemoteCluster } from './remote.ts';
import { parts, syncedKey } from './state.ts';

/** An etcd that is what the test says: what is read from it, then changes, until it is lost. */
class FakeEtcd {
  entries: KeyValue[] = [];
  #deliver: (changes: readonly KeyChange[] | undefined) => void = () => {};
  watched = 0;

  async range(): Promise<{ revision: number; entries: KeyValue[] }> {
    return { revision: 1, entries: this.entries };
  }

  async *watch(): AsyncGenerator<readonly KeyChange[]> {
    this.watched++;
    for (;;) {
      const changes = await new Promise<readonly KeyChange[] | undefined>(resolve => {
        this.#deliver = resolve;
      });
      if (changes === undefined) throw new Error('lost');
      yield changes;
    }
  }

  change(...changes: KeyChange[]): void {
    this.#deliver(changes);
  }

  lose(): void {
    this.#deliver(undefined);
  }

  close(): void {
    this.lose();
  }
}

const node = (name: string): string => `cilium/state/nodes/v1/east/${name}`;
const canaries = parts.map(part => ({ key: syncedKey('east', part), value: 'now' }));

async function follow(etcd: FakeEtcd): Promise<{ remote: RemoteCluster; names: () => string[] }> {
  const remote = new RemoteCluster({
    name: 'east',
    etcd,
    onChange: async () => {},
    faults: new Set(),
    log: () => {},
  });
  remote.start();
  await expect.poll(() => etcd.watched).toBe(1);
  return { remote, names: () => [...remote.entries('nodes')].map(([name]) => name) };
}

test('a cluster is read whole, then followed', async () => {
  const etcd = new FakeEtcd();
  etcd.entries = [{ key: node('a'), value: '{}' }, ...canaries];
  const { remote, names } = await follow(etcd);
  expect(names()).toEqual(['east/a']);
  expect(remote.isSynced).toBe(true);

  etcd.change({ key: node('b'), value: '{}' }, { key: node('a'), value: undefined });
  await expect.poll(names).toEqual(['east/b']);
  await remote.stop();
});

test('while it is out of reach all stays; when it is back, what has gone meanwhile goes', async () => {
  const etcd = new FakeEtcd();
  etcd.entries = [{ key: node('a'), value: '{}' }, { key: node('b'), value: '{}' }, ...canaries];
  const { remote, names } = await follow(etcd);
  etcd.entries = [{ key: node('b'), value: '{}' }, ...canaries];
  etcd.lose();
  expect(names()).toEqual(['east/a', 'east/b']);
  await expect.poll(() => etcd.watched).toBe(2);
  expect(names()).toEqual(['east/b']);
  expect(remote.status.failures).toBe(1);
  await remote.stop();
});

test('until the other side says that all is there, nothing that is missing goes', async () => {
  const etcd = new FakeEtcd();
  etcd.entries = [{ key: node('a'), value: '{}' }, ...canaries];
  const { remote, names } = await follow(etcd);
  etcd.entries = [];
  etcd.lose();
  await expect.poll(() => etcd.watched).toBe(2);
  expect(names()).toEqual(['east/a']);
  expect(remote.isSynced).toBe(false);
  await remote.stop();
});
