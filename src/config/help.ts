import { printValue } from './reference.ts';
import { type NamedSetting, namedSettings } from './settings.ts';
import { wrap } from './wrap.ts';

/** The lines of `--help` for every key that is a flag: the flag, and below it what it means. */
export const helpLines = (width = 80): string[] => namedSettings.flatMap((setting) => helpOf(setting, width));

function helpOf(setting: NamedSetting, width: number): string[] {
  const text = `${setting.description} ${sayDefault(setting)}`.replaceAll('`', '').trim();
  const kind = setting.form === 'yaml' ? 'YAML' : setting.type.replaceAll('`', '').replaceAll(', ', '|');
  return [`  --${setting.flag} <${kind}>`, ...wrap(text, width - 6).map((line) => `      ${line}`)];
}

function sayDefault({ derived, default: byDefault, isRequired, within }: NamedSetting): string {
  if (derived) return `(default: ${derived})`;
  if (byDefault !== undefined) return `(default: ${printValue(byDefault)})`;
  if (isRequired) return within ? `(required with ${within})` : '(required)';
  return '';
}
