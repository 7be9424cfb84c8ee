import { type HostSpec, uplink } from '../contract/topology.ts';

/** A new namespace inherits IPv4 settings from the root one: say every one that matters. By path below /proc/sys. */
export function sysctls(host: HostSpec): Record<string, string> {
  return {
    'net/ipv4/ip_forward': '1',
    'net/ipv4/conf/all/rp_filter': '0',
    'net/ipv4/conf/default/rp_filter': '0',
    'net/ipv4/conf/all/send_redirects': '0',
    'net/ipv4/conf/default/send_redirects': '0',
    ...(host.role === 'router' ? { 'net/ipv4/fib_multipath_hash_policy': '0' } : {}),
  };
}

/**
 * A shell script that makes a machine's network what the topology says, as often as it is run. Interfaces have to be
 * there; addresses of theirs that are there already stay.
 * @param defaultGateway on the uplink, where something else may have taken the default route
 */
export function hostNetworkScript(host: HostSpec, defaultGateway?: string): string {
  return [
    'set -eu',
    ...Object.entries(sysctls(host)).flatMap(([key, value]) =>
      // `default` is for interfaces to come, and those that are there have their own.
      key.includes('/default/')
        ? [`for setting in /proc/sys/${key.replace('/default/', '/*/')}; do echo ${value} >"$setting"; done`]
        : [`echo ${value} >/proc/sys/${key}`],
    ),
    ...host.interfaces.flatMap(({ name, address }) => [
      `ip address replace ${address} dev ${name}`,
      `ip link set ${name} up`,
    ]),
    ...(host.loopbacks ?? []).flatMap(({ name, address }) => [
      // ifb has the flags of a dummy interface, and is there where a kernel has no dummy.
      `ip link show ${name} >/dev/null 2>&1 || ip link add ${name} type dummy 2>/dev/null || ip link add ${name} type ifb`,
      `ip address replace ${address} dev ${name}`,
      `ip link set ${name} up`,
    ]),
    ...(defaultGateway === undefined
      ? []
      : [`ip route replace default via ${defaultGateway} dev ${uplink.interface}`]),
    ...(host.routes ?? []).map(({ to, via }) => `ip route replace ${to} via ${via} proto static`),
    '',
  ].join('\n');
}
