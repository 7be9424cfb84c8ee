import { expect, test } from '@playwright/test';
import { ExecError } from './exec.ts';

test('an ExecError says where, what and what came back', () => {
  const error = new ExecError('k8s-w1', ['ip', 'route'], 'exit code 2', {
    code: 2,
    stdout: '',
    stderr: 'Object "rute" is unknown\n',
  });
  expect(error.message).toBe('on k8s-w1: ip route: exit code 2\nObject "rute" is unknown');
});
