import type { FaultTable } from '../fault.ts';
import { poolAddress } from '../places.ts';
import { about, missing, says, tooMany } from '../reason.ts';

/** Deliberate deviations of LB-IPAM. */
export const lbipamFaults = {
  'lbipam-allocates-without-pool': {
    description: 'a service that no pool serves gets an address from nowhere (198.51.100.0/24)',
    kills: { 'IPAM-01': { ...about`addresses of pending `, ...tooMany`198\.51\.100\.` } },
  },
  'lbipam-first-last-handed-out': {
    description: 'allowFirstLastIPs: "No" has no effect',
    kills: {
      'IPAM-02': { ...about`addresses pool pool can give `, ...tooMany`^256$` },
      'IPAM-04': { ...about`addresses of a, b, c, d `, ...tooMany`172\.16\.2\.[03]` },
    },
  },
  'lbipam-block-off-by-one': {
    description: 'a start/stop block begins one address early',
    kills: { 'IPAM-03': { ...about`addresses of a, b, c `, ...tooMany`172\.16\.1\.19` } },
  },
  'lbipam-address-leaks': {
    description: 'the address of a service that is gone stays taken',
    kills: { 'IPAM-06': { ...about`addresses pool pool can give `, ...missing`^1$`, ...tooMany`^0$` } },
  },
  'lbipam-request-ignored': {
    description: 'requested addresses are not looked at',
    kills: {
      'IPAM-07': { ...about`addresses of asked `, ...missing`172\.16\.1\.77`, ...tooMany`${poolAddress}` },
    },
  },
  'lbipam-sharing-ignored': {
    description: 'services with one sharing key get an address each',
    kills: { 'IPAM-08': { ...about`addresses of port-8080 `, ...tooMany`172\.16\.1\.41` } },
  },
  'lbipam-address-twice': {
    description: 'services that cannot share get the same address',
    kills: {
      'IPAM-08': {
        ...about`addresses of port-80-again `,
        ...missing`172\.16\.1\.41`,
        ...tooMany`172\.16\.1\.40`,
      },
    },
  },
  'lbipam-takes-cidrs': {
    description: 'a pool may be written with the older field cidrs, and hands out from it',
    kills: { 'IPAM-05': says`a pool written with cidrs is refused[\s\S]*resolved instead of rejected` },
  },
  'lbipam-waiting-forgotten': {
    description: 'a service that found its pool full is not looked at again when the pool grows',
    kills: { 'IPAM-10': { ...about`addresses of late `, ...missing`172\.16\.1\.71` } },
  },
  'lbipam-disabled-ignored': {
    description: 'a disabled pool goes on handing out',
    kills: {
      'IPAM-13': {
        ...about`condition IPAMRequestSatisfied of while-disabled `,
        ...tooMany`status True reason satisfied`,
      },
    },
  },
  'lbipam-disabled-takes-back': {
    description: 'what a pool has given is taken back when it is disabled',
    kills: { 'IPAM-13': { ...about`addresses pool \S+ can give `, ...missing`^10$`, ...tooMany`^11$` } },
  },
  'lbipam-conflict-ignored': {
    description: 'pools that overlap hand out side by side',
    kills: { 'IPAM-14': { ...about`condition PoolConflict of younger`, ...tooMany`False` } },
  },
  'lbipam-selector-ignored': {
    description: 'a pool serves every service, whatever its selector says',
    kills: {
      'IPAM-15': {
        ...about`condition IPAMRequestSatisfied of unselected `,
        ...tooMany`status True reason satisfied`,
      },
    },
  },
  'cilium-30700': {
    description: 'a restart of the operator separates services that share an address',
    kills: { 'IPAM-12': { ...about`addresses of services `, ...missing`port-80\d*: 172\.16\.1\.60` } },
  },
  'cilium-40358': {
    description: 'widening a pool gives every service a new address',
    kills: {
      'IPAM-16': {
        ...about`addresses of services `,
        ...missing`a: 172\.16\.1\.12`,
        ...tooMany`a: ${poolAddress}`,
      },
    },
  },
  'cilium-34106': {
    description: 'a member of a sharing group that was deleted and made again gets another address',
    kills: { 'IPAM-11': { ...about`addresses of port-80, port-8080`, ...tooMany`${poolAddress}` } },
  },
} as const satisfies FaultTable;
