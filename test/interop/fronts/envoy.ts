import { freePort } from '../../support/free-port.ts';
import { frontProgram } from '../../support/programs.ts';
import { startProgram } from '../../support/start-program.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { type Match, type Places, type Printed, portOf, printed } from './printed.ts';

export interface Front extends AsyncDisposable {
  readonly port: number;
}

const typed = (name: string): object => ({ '@type': `type.googleapis.com/${name}` });
const patterns = (names: readonly string[]): object => ({
  patterns: names.map((exact) => ({ exact, ignore_case: true })),
});

/** The real Envoy, set up as Envoy Gateway translates what `init kubernetes` prints: each policy a filter of its own, on for its route. */
export async function startEnvoy(places: Places): Promise<Front> {
  await using closing = new AsyncDisposableStack();
  const dir = closing.use(await tempDir());
  const objects = await printed(dir, 'gateway');
  const policies = objects.filter(({ kind }) => kind === 'SecurityPolicy');
  const port = await freePort();
  const config = {
    static_resources: {
      listeners: [{ address: at(port), filter_chains: [{ filters: [connectionManager(objects, policies, places)] }] }],
      clusters: [...new Set(Object.values(places))].map((each) => ({
        ...{ name: `${each}`, type: 'STATIC', connect_timeout: '2s' },
        load_assignment: {
          cluster_name: `${each}`,
          endpoints: [{ lb_endpoints: [{ endpoint: { address: at(each) } }] }],
        },
      })),
    },
  };
  const file = await dir.write('envoy.json', JSON.stringify(config));
  closing.use(
    await startProgram(frontProgram('envoy'), ['-c', file, '--concurrency', '1', '--use-dynamic-base-id'], {
      ready: /starting main dispatch loop/,
    }),
  );
  const all = closing.move();
  return { port, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

const at = (port_value: number): object => ({ socket_address: { address: '127.0.0.1', port_value } });

function connectionManager(objects: readonly Printed[], policies: readonly Printed[], places: Places): object {
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      ...typed('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
      ...{ stat_prefix: 'front', use_remote_address: true, normalize_path: true, merge_slashes: false },
      path_with_escaped_slashes_action: 'REJECT_REQUEST',
      common_http_protocol_options: { headers_with_underscores_action: 'REJECT_REQUEST' },
      upgrade_configs: [{ upgrade_type: 'websocket' }],
      route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: routes(objects, policies, places) }] },
      http_filters: [
        ...policies.map((policy) => filter(policy, places)),
        { name: 'router', typed_config: typed('envoy.extensions.filters.http.router.v3.Router') },
      ],
    },
  };
}

function filter({ metadata, spec: { extAuth } }: Printed, { check }: Places): object {
  const { failOpen, statusOnError, headersToExtAuth, http } = extAuth;
  return {
    ...{ name: metadata.name, disabled: true },
    typed_config: {
      ...typed('envoy.extensions.filters.http.ext_authz.v3.ExtAuthz'),
      ...{ transport_api_version: 'V3', failure_mode_allow: failOpen, status_on_error: { code: statusOnError } },
      allowed_headers: patterns(headersToExtAuth),
      http_service: {
        server_uri: { uri: `http://dashgate${http.path}`, cluster: `${check}`, timeout: '10s' },
        path_prefix: http.path,
        authorization_response: { allowed_upstream_headers: patterns(http.headersToBackend) },
      },
    },
  };
}

/** The longest path first, and what asks for more before what asks for less: the order of the Gateway API. */
function routes(objects: readonly Printed[], policies: readonly Printed[], places: Places): object[] {
  const all = objects
    .filter(({ kind }) => kind === 'HTTPRoute')
    .flatMap(({ metadata, spec }) =>
      spec.rules.flatMap(({ matches, backendRefs }) => matches.map((match) => ({ metadata, match, backendRefs }))),
    );
  const weight = ({ path, method, headers = [] }: Match): number =>
    (path.type === 'Exact' ? 1e6 : 0) + path.value.length * 100 + (method ? 10 : 0) + headers.length;
  return all
    .sort((a, b) => weight(b.match) - weight(a.match))
    .map(({ metadata, match, backendRefs: [backend] }) => ({
      match: matchOf(match),
      route: { cluster: `${portOf(backend ?? { name: '', port: 0 }, places)}`, timeout: '0s' },
      ...(policies.some((policy) => policy.metadata.name === metadata.name) && {
        typed_per_filter_config: {
          [metadata.name]: { ...typed('envoy.config.route.v3.FilterConfig'), config: {} },
        },
      }),
    }));
}

function matchOf({ path, method, headers = [] }: Match): object {
  const given = [...headers, ...(method ? [{ name: ':method', value: method }] : [])];
  const bare = path.value.replace(/(?<=.)\/$/, '');
  return {
    ...(path.type === 'Exact'
      ? { path: path.value }
      : bare === '/'
        ? { prefix: '/' }
        : { path_separated_prefix: bare }),
    headers: given.map(({ name, value }) => ({ name, string_match: { exact: value } })),
  };
}
