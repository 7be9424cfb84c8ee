import { expect, test } from '@playwright/test';
import type { ExecResult, Executor } from '../../helpers/exec.ts';
import { isOlder, requireTools } from './requirements.ts';

const machine = (answers: Readonly<Record<string, Partial<ExecResult>>>): Executor => ({
  name: 'this machine',
  exec: async ([program = '']) => ({
    ...{ code: 127, stdout: '', stderr: `bash: line 1: ${program}: command not found` },
    ...(answers[program] === undefined ? {} : { code: 0, stderr: '', ...answers[program] }),
  }),
  start: () => Promise.reject(new Error('nothing is started here')),
});

// As released tools print it.
const printed = {
  docker: { stdout: '28.1.1\n' },
  kind: { stdout: 'kind v0.30.0 go1.24.6 linux/amd64\n' },
  kubectl: { stdout: 'Client Version: v1.33.2\nKustomize Version: v5.6.0\n' },
  helm: { stdout: 'v3.18.4+gd80839c\n' },
  vagrant: { stdout: 'Vagrant 2.4.9\n' },
} as const;

test('versions of tools that are there', async () => {
  expect(await requireTools('kind', ['docker', 'kind', 'kubectl', 'helm'], machine(printed))).toEqual({
    docker: '28.1.1',
    kind: '0.30.0',
    kubectl: '1.33.2',
    helm: '3.18.4',
  });
  expect(await requireTools('vagrant', ['vagrant'], machine(printed))).toEqual({ vagrant: '2.4.9' });
});

test('says of all of them at once what is missing, and what gets it', async () => {
  const answers = {
    docker: {
      code: 1,
      stdout: '',
      stderr:
        'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n',
    },
    kind: { stdout: 'kind v0.20.0 go1.20.4 linux/amd64\n' },
    helm: { stdout: 'something else\n' },
  };
  const failing = requireTools('kind', ['docker', 'kind', 'kubectl', 'helm'], machine(answers));
  await expect(failing).rejects.toThrow(
    [
      'LAB=kind cannot run here yet. What it needs:',
      '  docker: does not answer (Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?); install Docker and start it (https://docs.docker.com/engine/install)',
      '  kind: 0.20.0 is too old, 0.27.0 is needed; https://kind.sigs.k8s.io/docs/user/quick-start',
      '  kubectl: not installed; https://kubernetes.io/docs/tasks/tools',
      '  helm: says no version that is understood (something else); https://helm.sh/docs/intro/install',
    ].join('\n'),
  );
});

test('versions are compared as numbers', () => {
  expect(isOlder('0.9.0', '0.27.0')).toBe(true);
  expect(isOlder('0.27.0', '0.27.0')).toBe(false);
  expect(isOlder('1.0.0', '0.27.9')).toBe(false);
});
