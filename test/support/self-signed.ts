import { execFileSync } from 'node:child_process';
import { program } from './programs.ts';
import type { TempDir } from './temp-dir.ts';

/** A certificate of its own for these names, in PEM: ask in a suite that `needs('openssl')`. */
export function selfSigned(dir: TempDir, name: string, ...names: string[]): { cert: string; key: string } {
  const [cert, key] = [dir.file(`${name}.pem`), dir.file(`${name}.key`)];
  const alternatives = names.map((each) => `DNS:${each}`).join(',');
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const rest = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${alternatives}`, '-keyout', key, '-out', cert];
  execFileSync(program('openssl'), [...request, ...rest], { stdio: 'ignore' });
  return { cert, key };
}
