import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What of this machine's own network a test must leave as it was: links, addresses, routes, packet filter, forwarding. */
export function rootNetwork(): string {
  const rules = (program: string): string => {
    const { status, stdout } = spawnSync(program, ['-S'], { encoding: 'utf8' });
    return status === 0 ? stdout : `no ${program}`;
  };
  return [
    execFileSync('ip', ['-o', 'link', 'show'], { encoding: 'utf8' }).replace(/\\.*$/gm, ''),
    execFileSync('ip', ['-4', '-o', 'address', 'show'], { encoding: 'utf8' }).replace(/\\.*$/gm, ''),
    execFileSync('ip', ['route', 'show', 'table', 'all'], { encoding: 'utf8' }),
    rules('iptables-legacy'),
    `ip_forward ${readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8')}`,
  ].join('\n');
}
