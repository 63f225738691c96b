import { dirname, resolve } from 'node:path';
import { ConfigInvalid } from '../errors.ts';
import { crossCheck } from './cross-check.ts';
import { explain, type Problem } from './explain.ts';
import { readText } from './file-text.ts';
import { formatPath } from './names.ts';
import type { Translated } from './panel/part.ts';
import { readPanel } from './panel/read.ts';
import { sayTranslated } from './panel/say.ts';
import { translate } from './panel/translate.ts';
import { warnOfPanel } from './panel/warn.ts';
import { isKeyed, prepare } from './prepare.ts';
import { type Config, configSchema, deepFreeze, settle } from './schema/config.ts';
import { publicUrlOf } from './schema/server.ts';
import { type Override, readOverrides } from './sources.ts';
import { addTableauEnv } from './tableau-env.ts';
import { type Path, readYaml, type YamlText } from './yaml-file.ts';

const DEFAULT_FILE = 'dashgate.yaml';

export interface ConfigSources {
  /** As it was given; messages call it so. Default `dashgate.yaml`, which need not be there. */
  readonly file?: string | undefined;
  readonly env: Record<string, string | undefined>;
  /** By name without dashes: `session.lifetime`. */
  readonly flags: Record<string, string>;
  /** What relative names in variables and flags, and `file`, are relative to. Default: the working directory. */
  readonly cwd?: string;
  /** What stands in `file`, where that has been read before: `null`: nothing. */
  readonly text?: string | null;
}

export interface LoadedConfig {
  readonly config: Config;
  /** One line each, place first: to be said at each start. */
  readonly warnings: string[];
  /** The configuration files that were read, absolute. */
  readonly files: string[];
  /** One line each: what a setting of Panel became here. */
  readonly translated: string[];
  /** What stood there. */
  readonly text: string | null;
  /** Puts what only comes out later into the same lines. */
  readonly report: (problems: readonly Problem[]) => string[];
}

/**
 * Joins file, environment and flags: flag over environment over file over default.
 * @throws ConfigInvalid with a line for each problem, the first as `dashgate.yaml:12: apps[0].upstream: what is wrong; what to do`
 */
export async function loadConfig(sources: ConfigSources): Promise<LoadedConfig> {
  const { file, env, flags, cwd = process.cwd() } = sources;
  const shown = file ?? DEFAULT_FILE;
  const absolute = resolve(cwd, shown);
  const text = sources.text === undefined ? await readText(absolute, shown, file === undefined) : sources.text;
  const yaml = text === null ? null : readFileText(text, shown);
  const panel = readPanel(env, flags);
  const overrides = readOverrides(env, panel.flags);
  const folder = yaml ? dirname(absolute) : resolve(cwd);
  const native = merge(prepare(configSchema, yaml?.value, folder), overrides, cwd);
  addTableauEnv(native, env);
  const translated = translate(panel.given, native, { tenant: env.AAD_TENANT_ID || undefined, cwd });
  const told = translated.flatMap(sayTranslated);
  const written = add(native, translated);

  const said = [...overrides.map(({ setting, place }) => ({ path: setting.path, place })), ...translated];
  const report = (problems: readonly Problem[]): string[] => place(problems, shown, yaml, said);
  const read = configSchema.safeParse(written ?? {}, { reportInput: true });
  if (!yaml && !(isKeyed(written) && 'apps' in written)) throw new ConfigInvalid(`${shown}: ${NOTHING_THERE}`);
  if (!read.success) throw invalid(report(explain(read.error.issues)));
  const publicUrl = publicUrlOf(read.data.server);
  if (!publicUrl) throw invalid(report([NO_PUBLIC_URL]));
  const config = deepFreeze(settle(read.data, publicUrl, folder));
  const { errors, warnings } = crossCheck(config);
  if (errors.length > 0) throw invalid(report(errors));
  return {
    config,
    warnings: report([...warnings, ...warnOfPanel(panel.given, config)]),
    files: yaml ? [absolute] : [],
    text,
    translated: told,
    report,
  };
}

const NO_PUBLIC_URL: Problem = {
  path: ['server', 'public_url'],
  why: 'is missing, and server.listen does not tell it; write where browsers find dashgate, as https://dash.example.com',
};

const NOTHING_THERE =
  'there is no such file in this folder; write one (docs/reference/dashgate.sample.yaml shows every key), name another by --config, or give the apps as DASHGATE_APPS or --apps';

const MOST_LINES = 20;

function invalid(lines: readonly string[]): ConfigInvalid {
  const rest = lines.length > MOST_LINES ? [`and ${lines.length - MOST_LINES} more`] : [];
  return new ConfigInvalid([...lines.slice(0, MOST_LINES), ...rest].join('\n'));
}

function readFileText(text: string, shown: string): YamlText {
  const yaml = readYaml(text, (line) => `${shown}:${line}`);
  if (yaml.value === null) throw new ConfigInvalid(`${shown}:1: is empty; write at least one app, or remove the file`);
  if (!isKeyed(yaml.value))
    throw new ConfigInvalid(`${shown}:${yaml.lineOf([])}: is not key: value lines; begin with apps:`);
  return yaml;
}

/** Sets each override in the tree. Where the file has something else than a section on the way, the schema will say so. */
function merge(written: unknown, overrides: readonly Override[], cwd: string): Record<string, unknown> {
  const root = isKeyed(written) ? written : {};
  for (const { setting, value } of overrides) {
    let section: unknown = root;
    for (const part of setting.path.slice(0, -1)) {
      if (!isKeyed(section)) break;
      section[part] ??= {};
      section = section[part];
    }
    const last = setting.path.at(-1) ?? '';
    if (isKeyed(section)) section[last] = prepare(setting.schema, value, cwd);
  }
  return root;
}

/** Adds what was translated, for which there is room: what is written already has been looked at. */
function add(root: Record<string, unknown>, translated: readonly Translated[]): Record<string, unknown> {
  for (const { path, value } of translated) {
    let at: unknown = root;
    for (const [i, part] of path.slice(0, -1).entries()) {
      const next = partOf(at, part);
      const made = typeof path[i + 1] === 'number' ? [] : {};
      if (next === undefined) setPart(at, part, made);
      at = next ?? made;
    }
    setPart(at, path.at(-1) ?? '', value);
  }
  return root;
}

const partOf = (of: unknown, part: string | number): unknown =>
  Array.isArray(of) ? of[Number(part)] : isKeyed(of) ? of[part] : undefined;

function setPart(of: unknown, part: string | number, value: unknown): void {
  if (Array.isArray(of)) of[Number(part)] = value;
  else if (isKeyed(of)) of[part] = value;
}

/** A line for each problem, those of the file in the order of its lines. */
function place(
  problems: readonly Problem[],
  shown: string,
  yaml: YamlText | null,
  said: readonly { readonly path: Path; readonly place: string }[],
): string[] {
  const placed = problems.map(({ path, why }) => {
    const from = said.findLast((one) => one.path.every((part, i) => part === path[i]));
    if (from) {
      const key = path.length > from.path.length ? `${formatPath(path)}: ` : '';
      return { line: 0, text: `${from.place}: ${key}${why}` };
    }
    const line = yaml?.lineOf(path) ?? 0;
    return { line, text: `${shown}${yaml ? `:${line}` : ''}: ${formatPath(path)}: ${why}` };
  });
  return placed.sort((a, b) => a.line - b.line).map(({ text }) => text);
}
