/** One machine of `vagrant ssh-config`. */
export interface SshConfigHost {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly identityFile: string;
}

/**
 * Reads what `vagrant ssh-config` prints: OpenSSH's client configuration, a `Host` block a machine. What vagrant itself
 * says in between (warnings, progress) comes on stderr and is not in it.
 * @throws Error naming the machine and what its block lacks
 */
export function parseSshConfig(text: string): SshConfigHost[] {
  const blocks: { name: string; settings: Map<string, string> }[] = [];
  for (const line of text.split('\n')) {
    const [, key = '', rest = ''] = /^\s*(\S+)\s+(.*?)\s*$/.exec(line) ?? [];
    const value = rest.replace(/^"(.*)"$/, '$1');
    if (key === 'Host') blocks.push({ name: value, settings: new Map() });
    // OpenSSH takes the first value of a setting.
    else if (key !== '' && blocks.at(-1)?.settings.has(key) === false)
      blocks.at(-1)?.settings.set(key, value);
  }
  return blocks.map(({ name, settings }) => {
    const setting = (key: string): string => {
      const value = settings.get(key);
      if (value === undefined)
        throw new Error(`vagrant ssh-config gives no ${key} for ${name}: is it running?`);
      return value;
    };
    const port = Number(setting('Port'));
    if (!Number.isInteger(port))
      throw new Error(`vagrant ssh-config: the port of ${name} is ${setting('Port')}`);
    return {
      name,
      address: setting('HostName'),
      port,
      user: setting('User'),
      identityFile: setting('IdentityFile'),
    };
  });
}
