import { expect, test } from '@playwright/test';
import { programFor, repositoryOf, requireImage } from './images.ts';
import { ImageError } from './pod-runtime.ts';
import { whoamiConfig, whoamiPort } from './whoami.ts';

test('an image is known by its repository, whatever registry alias, tag or digest it comes with', () => {
  expect(repositoryOf('docker.io/library/busybox:1.36')).toBe('busybox');
  expect(repositoryOf('busybox@sha256:0123')).toBe('busybox');
  expect(repositoryOf('index.docker.io/traefik/whoami:v1.11')).toBe('traefik/whoami');
  expect(repositoryOf('registry.k8s.io/pause:3.10')).toBe('registry.k8s.io/pause');
  expect(repositoryOf('localhost:5000/webpod'), 'a port is no tag').toBe('localhost:5000/webpod');
});

test('an image the lab cannot run is refused by name, with those it can', () => {
  expect(() => requireImage({ name: 'c', image: 'nginx:1.27' })).toThrow(ImageError);
  expect(() => requireImage({ name: 'c', image: 'nginx:1.27' })).toThrow(
    /"nginx:1.27".*it can run traefik\/whoami, nicolaka\/netshoot/,
  );
});

test('command and arguments follow the rules of Kubernetes', () => {
  const argv = (container: object): readonly string[] =>
    programFor({ name: 'c', image: 'curlimages/curl', ...container }, '/nowhere').argv;
  expect(argv({})).toEqual(['curl', '--help']);
  expect(argv({ args: ['-s', 'http://webpod'] })).toEqual(['curl', '-s', 'http://webpod']);
  expect(argv({ command: ['tail'], args: ['-f', '/dev/null'] })).toEqual(['tail', '-f', '/dev/null']);
  expect(argv({ command: ['sh'] })).toEqual(['sh']);
});

test('whoami listens on its flag, its variable, or 80', () => {
  const port = (container: object): number =>
    whoamiPort({ name: 'c', image: 'traefik/whoami', ...container });
  const env = [{ name: 'WHOAMI_PORT_NUMBER', value: '8080' }];
  expect(port({})).toBe(80);
  expect(port({ env })).toBe(8080);
  expect(port({ env, args: ['--port', '9090'] })).toBe(9090);
  expect(port({ args: ['-verbose', '-port=9091'] })).toBe(9091);
  expect(() => port({ args: ['--port', 'http'] })).toThrow(
    /container c: whoami cannot listen on port "http"/,
  );
  expect(() => port({ args: ['--port'] }), 'a flag without its value is 80 for nobody').not.toThrow();
});

test("what a pod's author writes cannot break out of the configuration", () => {
  const config = whoamiConfig(
    { name: 'c', image: 'traefik/whoami', args: ["--name=x'; return 500; #$host"] },
    '/run/pod',
  );
  expect(config).toContain('Name: x; return 500; #host\n');
});
