import { ConfigInvalid } from '../errors.ts';

/** nginx text that is written already. Whatever else goes into a template is escaped on the way. */
export class Written {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export const nothing = new Written('');

export const join = (parts: readonly Written[]): Written => new Written(parts.map(({ text }) => text).join(''));

/**
 * One parameter of a directive (ngx_conf_read_token), in quotes where it needs them.
 * @param variables - what nginx is to put behind the text: `$request_uri`
 * @throws ConfigInvalid for a character that nginx has no way to hold: it reads `$` as a variable wherever it stands
 */
export function word(text: string, variables = ''): string {
  const bad = /[$\p{Cc}\u2028\u2029]/u.exec(text);
  if (bad) {
    const shown = bad[0] === '$' ? '$' : 'a control character';
    throw new ConfigInvalid(
      `nginx has no way to hold ${shown} in ${JSON.stringify(text.slice(0, 80))}; choose another name`,
    );
  }
  const whole = text.replace(/["\\]/g, '\\$&') + variables;
  return /^[A-Za-z0-9_./:$[\]-]+$/.test(whole) ? whole : `"${whole}"`;
}
