import { isIP, isIPv4, isIPv6 } from 'node:net';

/**
 * String formats the API server checks in custom resources (`supportedVersions` of apiextensions); a format that
 * is not here is not checked, as there.
 */
export const formats: Readonly<Record<string, (value: string) => boolean>> = {
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: value => {
    const [address = '', length = '', more] = value.split('/');
    const family = isIP(address);
    if (family === 0 || more !== undefined || !/^\d{1,3}$/.test(length)) return false;
    return Number(length) <= (family === 4 ? 32 : 128);
  },
  mac: value => /^([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}$/.test(value),
  hostname: value =>
    value.length <= 253 &&
    value.split('.').every(label => /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label)),
  uuid: value => /^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i.test(value),
  uri: value => URL.canParse(value) || value.startsWith('/'),
  byte: value => /^[A-Za-z0-9+/]*={0,2}$/.test(value),
  date: value => /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)),
  'date-time': value =>
    /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/.test(value) &&
    !Number.isNaN(Date.parse(value)),
  duration: value => /^[+-]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$|^0$/.test(value),
};
