import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { program } from './programs.ts';
import { type RunningProgram, startProgram } from './start-program.ts';
import { type TempDir, tempDir } from './temp-dir.ts';

const runFile = promisify(execFile);

/** The base of the directory, and the account that may do everything in it. */
export const BASE = 'dc=example,dc=com';
export const ROOT = { dn: `cn=root,${BASE}`, password: 'root-Kw8' } as const;

/** The real OpenLDAP, with TLS by an authority of its own, on 127.0.0.1. */
export interface Slapd extends AsyncDisposable {
  readonly dir: TempDir;
  /** The port of ldap://, which offers StartTLS, and that of ldaps://. */
  readonly port: number;
  readonly tlsPort: number;
  /** The authority's certificate; the server's is for `localhost` and 127.0.0.1. */
  readonly caFile: string;
  ca(): Promise<string>;
  /** Changes entries, in LDIF. */
  modify(ldif: string): Promise<void>;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  /** Starts it again, at the same ports. */
  start(): Promise<void>;
}

const SCHEMAS = ['/etc/ldap/schema', '/opt/homebrew/etc/openldap/schema', '/usr/local/etc/openldap/schema'];
const MODULES = '/usr/lib/ldap';

export interface SlapdOptions {
  /** Entries below BASE, in LDIF. */
  readonly ldif: string;
  /** Further lines of slapd.conf, for the database, and modules to load. */
  readonly conf?: string;
  readonly modules?: readonly string[];
  /** Lines of slapd.conf that hold for the whole server. */
  readonly global?: string;
}

export async function startSlapd({ ldif, conf = '', modules = [], global = '' }: SlapdOptions): Promise<Slapd> {
  await using closing = new AsyncDisposableStack();
  const dir = closing.use(await tempDir());
  const [port, tlsPort] = [await freePort(), await freePort()];
  const caFile = await makeCertificates(dir);
  const schemas = SCHEMAS.find((folder) => existsSync(folder)) ?? '';
  const hasModules = existsSync(MODULES);
  await mkdir(dir.file('data'));
  const file = await dir.write(
    'slapd.conf',
    `${['core', 'cosine', 'nis', 'inetorgperson'].map((name) => `include ${schemas}/${name}.schema\n`).join('')}
pidfile ${dir.file('slapd.pid')}
argsfile ${dir.file('slapd.args')}
${hasModules ? [`modulepath ${MODULES}`, ...['back_mdb', ...modules].map((name) => `moduleload ${name}`)].join('\n') : ''}
TLSCACertificateFile ${caFile}
TLSCertificateFile ${dir.file('slapd.pem')}
TLSCertificateKeyFile ${dir.file('slapd.key')}
TLSVerifyClient never
sizelimit 500
${global}
database mdb
suffix "${BASE}"
rootdn "${ROOT.dn}"
rootpw ${ROOT.password}
directory ${dir.file('data')}
maxsize 67108864
${conf}
`,
  );
  const entries = await dir.write('entries.ldif', ldif);
  await runFile(program('slapd'), ['-Ta', '-f', file, '-l', entries]).catch((error: Error & { stderr?: string }) => {
    throw new Error(`slapd does not take the entries:\n${error.stderr ?? error.message}`);
  });

  const urls = `ldap://127.0.0.1:${port}/ ldaps://127.0.0.1:${tlsPort}/`;
  const start = async (): Promise<RunningProgram> => {
    const server = await startProgram(program('slapd'), ['-h', urls, '-f', file, '-d', 'none'], {
      ready: /slapd starting/,
    });
    // It says so a moment before it listens.
    for (const at of [port, tlsPort]) await listening(at, server);
    return server;
  };
  let server = await start();
  closing.defer(async () => void (await server.stop()));
  const all = closing.move();
  return {
    dir,
    port,
    tlsPort,
    caFile,
    ca: () => readFile(caFile, 'utf8'),
    async modify(changes) {
      const args = ['-x', '-H', `ldap://127.0.0.1:${port}`, '-D', ROOT.dn, '-w', ROOT.password];
      await runFile(program('ldapmodify'), [...args, '-f', await dir.write('changes.ldif', `${changes}\n`)]);
    },
    async kill() {
      server.kill('SIGKILL');
      await server.ended;
    },
    async start() {
      server = await start();
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

async function listening(port: number, { ended, output }: RunningProgram): Promise<void> {
  let hasEnded = false;
  void ended.then(() => {
    hasEnded = true;
  });
  for (const until = Date.now() + 10_000; Date.now() < until && !hasEnded; ) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isThere) return;
  }
  throw new Error(`slapd does not listen on ${port}:\n${output()}`);
}

/** An authority, and a certificate by it. @returns the authority's, in PEM */
async function makeCertificates(dir: TempDir): Promise<string> {
  const openssl = (...args: string[]) => runFile(program('openssl'), args, { cwd: dir.path });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await dir.write('names', 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  await openssl(
    'req',
    '-x509',
    ...key,
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  );
  await openssl('req', ...key, '-subj', '/CN=slapd', '-keyout', 'slapd.key', '-out', 'slapd.csr');
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names'];
  await openssl('x509', '-req', '-in', 'slapd.csr', '-out', 'slapd.pem', ...by);
  return dir.file('ca.pem');
}
