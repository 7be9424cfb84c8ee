import type { Probe } from '../../../helpers/kube/resources.ts';

const firstChecksMs = 50;

/**
 * Follows a readiness probe. Until it first succeeds it is asked often, for at most one period, so that a pod that
 * starts in milliseconds is ready in milliseconds; after that every `periodSeconds`.
 */
export function followReadiness(
  probe: Probe,
  check: () => Promise<boolean>,
  onChange: (ready: boolean) => void,
): () => void {
  const period = (probe.periodSeconds ?? 10) * 1000;
  const begun = Date.now() + (probe.initialDelaySeconds ?? 0) * 1000;
  let isReady = false;
  let failures = 0;
  let stopped = false;

  const round = async (): Promise<void> => {
    const succeeded = await check().catch(() => false);
    if (stopped) return;
    failures = succeeded ? 0 : failures + 1;
    const now = succeeded || (isReady && failures < (probe.failureThreshold ?? 3));
    if (now !== isReady) {
      isReady = now;
      onChange(now);
    }
    const isStarting = !isReady && Date.now() - begun < period;
    timer = setTimeout(() => void round(), isStarting ? firstChecksMs : period);
  };

  let timer = setTimeout(() => void round(), begun - Date.now());
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
