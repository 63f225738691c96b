import { readPythonLiteral } from '../../lib/python-literal.ts';
import type { Given } from './read.ts';

/** What pages need before anybody is asked who they are; Panel asks for nobody's name there. */
const STATIC = '/static/**';

/** Whether a switch of Panel is on, by a variable too. */
export const isOn = ({ text }: Given): boolean => ['1', 'true'].includes(text.trim().toLowerCase());

/** The paths of a list in JSON (a flag) or Python (a variable), with what belongs to them; `null`: it is no list of paths. */
export function guestPaths({ text }: Given): readonly string[] | null {
  const found = readPythonLiteral(text);
  const list = 'value' in found ? found.value : null;
  if (!Array.isArray(list) || !list.every((path) => typeof path === 'string')) return null;
  const paths = list.flatMap((path) => {
    const whole = path.startsWith('/') ? path : `/${path}`;
    return [whole, `${whole.replace(/\/$/, '')}/ws`];
  });
  return paths.length > 0 ? [...new Set([...paths, STATIC])] : [];
}
