import { expect, test } from '@playwright/test';
import { desiredInstance } from './desired.ts';
import { gobgpConfig } from './gobgp-config.ts';
import { advertisement, instance, peerConfig, podCidr, view } from './testing.ts';

const configOf = (spec: Parameters<typeof peerConfig>[0], attributes: (typeof podCidr)['attributes'] = {}) =>
  gobgpConfig(
    desiredInstance(
      instance,
      view({
        peerConfigs: [peerConfig({ ...peerConfig().spec, ...spec })],
        advertisements: [advertisement({ ...podCidr, attributes })],
      }),
    ),
    7,
  );

test('the node dials and does not listen, refuses what it receives, and sends what a policy matches', () => {
  expect(configOf({}).global).toEqual({
    config: { as: 65_001, 'router-id': '192.168.10.100', port: -1 },
    'apply-policy': {
      config: {
        'import-policy-list': ['allow-local'],
        'default-import-policy': 'reject-route',
        'export-policy-list': ['tor-switch-ipv4-PodCIDR'],
        'default-export-policy': 'reject-route',
      },
    },
  });
});

test('a neighbour is never passive; multihop, restart and password only where configured', () => {
  const plain = JSON.stringify(configOf({}).neighbors);
  for (const absent of ['passive-mode', 'ebgp-multihop', 'graceful-restart', 'auth-password']) {
    expect(plain).not.toContain(absent);
  }
  expect(
    configOf({ ebgpMultihop: 2, gracefulRestart: { enabled: true, restartTimeSeconds: 15 } }),
  ).toMatchObject({
    neighbors: [
      {
        'ebgp-multihop': { config: { enabled: true, 'multihop-ttl': 2 } },
        'graceful-restart': { config: { enabled: true, 'restart-time': 15, 'notification-enabled': true } },
        'afi-safis': [{ 'mp-graceful-restart': { config: { enabled: true } } }],
      },
    ],
  });
});

test('a statement names its prefix and neighbour sets, and attaches attributes', () => {
  const attributes = { communities: { standard: ['65001:1'], large: ['65001:1:2'] }, localPreference: 150 };
  expect(configOf({}, attributes)).toMatchObject({
    'defined-sets': {
      'prefix-sets': [
        {
          'prefix-set-name': 'tor-switch-ipv4-PodCIDR-0-prefix',
          'prefix-list': [{ 'ip-prefix': '172.20.0.0/24', 'masklength-range': '24..24' }],
        },
      ],
      'neighbor-sets': [{ 'neighbor-info-list': ['192.168.10.200/32'] }],
    },
    'policy-definitions': [
      { name: 'allow-local' },
      {
        statements: [
          {
            actions: {
              'bgp-actions': {
                'set-community': {
                  options: 'add',
                  'set-community-method': { 'communities-list': ['65001:1'] },
                },
                'set-large-community': {
                  'set-large-community-method': { 'communities-list': ['65001:1:2'] },
                },
                'set-local-pref': 150,
              },
            },
          },
        ],
      },
      { name: 'revision-7' },
    ],
  });
});
