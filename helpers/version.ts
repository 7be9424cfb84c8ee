/** Negative when `a` is older. A development version counts as the release it leads to: `1.19.0-dev` as `1.19.0`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map(
    version => version.replace(/^v/, '').split('-')[0]?.split('.').map(Number) ?? [],
  );
  for (const index of [0, 1, 2]) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a version is that minor version, or a later one. */
export function isAtLeast(version: string, minor: `${number}.${number}`): boolean {
  return compareVersions(version, minor) >= 0;
}
