import type { Container } from '../../../helpers/kube/resources.ts';

/** The flag's value in any of Go's notations: `-port 80`, `--port=80`. */
function flag(args: readonly string[], name: string): string | undefined {
  const index = args.findIndex(arg => new RegExp(`^--?${name}(=|$)`).test(arg));
  const arg = args[index];
  return arg?.includes('=') === true
    ? arg.slice(arg.indexOf('=') + 1)
    : args[index + 1 + (index < 0 ? args.length : 0)];
}

/**
 * The port whoami listens on: `--port`, else `WHOAMI_PORT_NUMBER`, else 80 (traefik/whoami, README).
 * @throws Error when it is none
 */
export function whoamiPort(container: Container): number {
  const args = [...(container.command ?? []), ...(container.args ?? [])];
  const variable = container.env?.find(({ name }) => name === 'WHOAMI_PORT_NUMBER')?.value;
  const text = flag(args, 'port') ?? (variable || '80');
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new Error(`container ${container.name}: whoami cannot listen on port "${text}"`);
  return port;
}

/**
 * An nginx configuration that answers in traefik/whoami's format: `/`, with `?wait=`, `/bench`, `/data`,
 * `/health`. Bodies of any size are read and sent back. The server header is all that tells them apart.
 * @param directory a directory of the container's own, for the pid file and large bodies
 */
export function whoamiConfig(container: Container, directory: string): string {
  const name =
    flag(container.args ?? [], 'name') ?? container.env?.find(each => each.name === 'WHOAMI_NAME')?.value;
  const lines = [
    ...(name === undefined || name === '' ? [] : [`Name: ${name.replace(/['$\\]/g, '')}`]),
    'Hostname: $hostname',
    'IP: 127.0.0.1',
    'IP: $server_addr',
    'RemoteAddr: $remote_addr:$remote_port',
  ];
  return `load_module /usr/lib/nginx/modules/ngx_http_echo_module.so;
daemon off;
master_process off; # one process a pod is enough, and a third of the memory
user root;
pid ${directory}/nginx.pid;
error_log stderr error;
events { worker_connections 4096; }
http {
  access_log off;
  default_type 'text/plain; charset=utf-8';
  server_tokens off;
  keepalive_requests 1000000;
  keepalive_timeout 1h; # Go's server never closes an idle connection of its own
  client_max_body_size 0;
${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(kind => `  ${kind}_temp_path ${directory}/${kind};`).join('\n')}
  # Go durations, as far as whole seconds and milliseconds go, in seconds.
  map $arg_wait $wait {
    default 0;
    "~^(?<seconds>[0-9.]+)s$" $seconds;
    "~^(?<milli1>[0-9])ms$" 0.00$milli1;
    "~^(?<milli2>[0-9]{2})ms$" 0.0$milli2;
    "~^(?<milli3>[0-9]{3})ms$" 0.$milli3;
    "~^(?<whole>[0-9]+)(?<part>[0-9]{3})ms$" $whole.$part;
  }
  map "$request_method $arg_wait" $at_once { default 0; "GET " 1; "HEAD " 1; }
  server {
    listen ${whoamiPort(container)} backlog=4096;
    location = /bench { return 200 1; }
    location = /health { return 200; }
    # In bytes only: nginx cannot multiply by a unit.
    location = /data { echo_duplicate $arg_size '-'; }
    location / {
      if ($at_once) { return 200 '${lines.join('\n')}\n$echo_client_request_headers'; }
      echo_read_request_body;
      echo_sleep $wait;
      echo -n '${lines.join('\n')}\n$echo_client_request_headers';
      echo_request_body;
    }
  }
}
`;
}
