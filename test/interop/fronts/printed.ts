import { parseAllDocuments } from 'yaml';
import { loadConfig } from '../../../src/config/load.ts';
import { readOptions } from '../../../src/kubernetes/options.ts';
import { kubernetes } from '../../../src/kubernetes/render.ts';
import type { TempDir } from '../../support/temp-dir.ts';

/** How the wiki of the gate is told who is there, beside what every app is. */
export const WIKI_TELLS = ['remote', { user: 'X-My-User', email: 'X-My-Email' }];
const told = `identity_headers: ${JSON.stringify(WIKI_TELLS)}`;

/** The apps of the gate, as Services of a cluster. */
const CONFIG = `
server: { public_url: "http://dash.example.com", trusted_proxies: [127.0.0.1] }
directories: [{ file: users.yaml }]
apps:
  - { name: sales, at: /, upstream: "http://dashboard:8050" }
  - { name: wiki, at: /wiki/, upstream: "http://dashboard:8050", ${told} }
`;

export interface Rule {
  readonly match: string;
  readonly priority: number;
  readonly services: readonly Backend[];
  readonly middlewares?: readonly { readonly name: string }[];
}
export interface Backend {
  readonly name: string;
  readonly port: number;
}
export interface Match {
  readonly path: { readonly type: 'PathPrefix' | 'Exact'; readonly value: string };
  readonly method?: string;
  readonly headers?: readonly { readonly name: string; readonly value: string }[];
}
/** What the suites read of an object, by its kind. */
export interface Printed {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    /** IngressRoute */
    readonly routes: readonly Rule[];
    /** Middleware */
    readonly forwardAuth?: { readonly address: string; readonly [more: string]: unknown };
    /** HTTPRoute */
    readonly rules: readonly { readonly matches: readonly Match[]; readonly backendRefs: readonly Backend[] }[];
    /** SecurityPolicy */
    readonly extAuth: {
      readonly failOpen: boolean;
      readonly statusOnError: number;
      readonly headersToExtAuth: readonly string[];
      readonly http: { readonly path: string; readonly headersToBackend: readonly string[] };
    };
  };
}

/** What `init kubernetes` prints for the gate: what a front is set up by, as its operator in a cluster would. */
export async function printed(dir: TempDir, front: string): Promise<readonly Printed[]> {
  const file = await dir.write('cluster.yaml', CONFIG);
  const { config } = await loadConfig({ file, env: {}, flags: {} });
  const text = kubernetes(config, CONFIG, readOptions({ front }));
  return parseAllDocuments(text, { version: '1.1' }).map((each): Printed => each.toJS());
}

/** Where the Services of those objects are here. */
export interface Places {
  readonly public: number;
  readonly check: number;
  readonly dashboard: number;
}

export const portOf = ({ name, port }: Backend, places: Places): number =>
  name !== 'dashgate' ? places.dashboard : port === 8081 ? places.check : places.public;
