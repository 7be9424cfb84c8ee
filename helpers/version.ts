/** Whether a version such as `1.18.0` or `v1.19.0-dev` is that minor version or a later one. */
export function isAtLeast(version: string, minor: `${number}.${number}`): boolean {
  const parts = (text: string): [number, number] => {
    const [, major = '0', lesser = '0'] = /^v?(\d+)\.(\d+)/.exec(text) ?? [];
    return [Number(major), Number(lesser)];
  };
  const [one, other] = [parts(version), parts(minor)];
  return one[0] > other[0] || (one[0] === other[0] && one[1] >= other[1]);
}
