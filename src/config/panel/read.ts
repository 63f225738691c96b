import { ConfigInvalid } from '../../errors.ts';
import { formatKey, isServiceLink, nearest } from '../names.ts';
import {
  NOT_FOLLOWED,
  NOT_FOLLOWED_ENV,
  OF_THE_APP,
  PANEL_SETTINGS,
  type PanelKey,
  type PanelSetting,
} from './settings.ts';

/** What was given for one setting, and what to call the place that it came from. */
export interface Given {
  readonly text: string;
  readonly place: string;
}

export interface PanelGiven {
  readonly given: ReadonlyMap<PanelKey, Given>;
  /** The flags that are none of Panel's. */
  readonly flags: Record<string, string>;
}

const ENV_PREFIX = 'PANEL_';
const FAMILY = /^(?:oauth|basic|cookie|login|logout|auth)-/;
/** Widened, so that each entry is asked alike. */
const SETTINGS: readonly (PanelSetting & { readonly key: PanelKey })[] = PANEL_SETTINGS;
const VARIABLES: readonly string[] = SETTINGS.flatMap(({ env }) => env);
const FLAGS: readonly string[] = SETTINGS.flatMap(({ flag }) => flag ?? []);

/**
 * The settings of `panel serve` among variables and flags. An empty variable counts as none.
 * @throws ConfigInvalid for one that is not followed, with the reason, and for one that is given twice
 */
export function readPanel(env: Record<string, string | undefined>, flags: Record<string, string>): PanelGiven {
  const isSet = (name: string): boolean => env[name] !== undefined && env[name] !== '';
  for (const name of Object.keys(env)) if (name.startsWith(ENV_PREFIX) && isSet(name)) refuseVariable(name);
  for (const flag of Object.keys(flags)) refuseFlag(flag);
  const given = new Map<PanelKey, Given>();
  for (const { key, flag, env: names } of SETTINGS) {
    const variable = names.find(isSet);
    const byFlag = flag !== null && Object.hasOwn(flags, flag) ? { text: flags[flag] ?? '', place: `--${flag}` } : null;
    if (byFlag && variable !== undefined)
      throw new ConfigInvalid(
        `${byFlag.place}: is given beside ${variable}, which Panel refuses too; remove one of them`,
      );
    if (byFlag) given.set(key, byFlag);
    else if (variable !== undefined) given.set(key, { text: env[variable] ?? '', place: variable });
  }
  const others = Object.entries(flags).filter(([name]) => !FLAGS.includes(name));
  return { given, flags: Object.fromEntries(others) };
}

function refuseVariable(name: string): void {
  if (VARIABLES.includes(name) || isServiceLink(name)) return;
  const near = nearest(name, VARIABLES);
  const why =
    NOT_FOLLOWED_ENV.get(name) ??
    (near && name.startsWith('PANEL_OAUTH_') ? `there is no such variable; did you mean ${near}?` : FOR_THE_APP);
  throw new ConfigInvalid(`${formatKey(name)}: ${why}`);
}

function refuseFlag(flag: string): void {
  if (FLAGS.includes(flag)) return;
  const why = NOT_FOLLOWED.get(flag) ?? (OF_THE_APP.has(flag) ? FOR_THE_APP : null);
  if (why !== null) throw new ConfigInvalid(`--${flag}: ${why}`);
  if (!FAMILY.test(flag)) return;
  const near = nearest(flag, FLAGS);
  throw new ConfigInvalid(
    `--${formatKey(flag)}: there is no such flag; ${near ? `did you mean --${near}?` : 'docs/panel.md lists those of Panel that are followed'}`,
  );
}

const FOR_THE_APP = 'is for the Panel app, and means nothing here; give it to the app alone';
