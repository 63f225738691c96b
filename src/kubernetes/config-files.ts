import { posix } from 'node:path';
import { unfit } from '../config/unfit.ts';
import { type Path, readYaml } from '../config/yaml-file.ts';

/** A file that dashgate.yaml names, beside which it is mounted from a Secret. */
export interface NamedFile {
  /** Relative to the folder of dashgate.yaml. */
  readonly path: string;
  /** In the Secret, which knows no folders. */
  readonly key: string;
}

/** What the Deployment itself says where it is. */
const SET = new Set(['secret_file']);

/**
 * The files that a configuration names: users, logos, certificates, passwords, each once.
 * @throws ConfigInvalid for one that cannot be mounted beside dashgate.yaml
 */
export function namedFiles(text: string): readonly NamedFile[] {
  const { value } = readYaml(text, (line) => `dashgate.yaml:${line}`);
  const paths = new Set(filesIn(value, []));
  return [...paths].map((path) => ({ path, key: path.replaceAll('/', '.') }));
}

function filesIn(value: unknown, at: Path): string[] {
  if (Array.isArray(value)) return value.flatMap((each, i) => filesIn(each, [...at, i]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (typeof inner !== 'string') return filesIn(inner, [...at, key]);
    const isFile = (key === 'file' || key.endsWith('_file')) && !SET.has(key);
    return isFile ? [relative([...at, key], inner)] : [];
  });
}

function relative(key: Path, written: string): string {
  const path = posix.normalize(written);
  if (path.startsWith('/') || path.startsWith('..') || !/^[A-Za-z0-9._/-]+$/.test(path)) {
    throw unfit(
      key,
      `${JSON.stringify(written.slice(0, 80))} cannot be mounted beside dashgate.yaml; name a file in its folder or below, as users.yaml`,
    );
  }
  return path;
}
