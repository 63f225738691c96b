import { HIDDEN } from '../fronts/question.ts';
import { METHOD_OVERRIDES } from '../lib/method-override.ts';
import { IDENTITY_HEADERS } from '../lib/untrusted-headers.ts';
import { Written } from './text.ts';

const line = (name: string, value: string): string => `proxy_set_header ${name} ${value};\n`;

/** The identity as the check told it; for an app that is not to be told, nothing. */
export const identityLines = (isTold: boolean): Written =>
  new Written(IDENTITY_HEADERS.map((name) => line(name, isTold ? variableOf(name) : '""')).join(''));

/** What else the check answers for an app, taken over into a variable each. */
export const takenLines = (told: readonly { readonly name: string }[]): Written =>
  new Written(
    told
      .map(
        ({ name }, i) =>
          `auth_request_set ${toldVariable(i)} $upstream_http_${name.toLowerCase().replaceAll('-', '_')};\n`,
      )
      .join(''),
  );

/** The same, handed on. */
export const toldLines = (told: readonly { readonly name: string }[]): Written =>
  new Written(told.map(({ name }, i) => line(name, toldVariable(i))).join(''));

/** Numbered, as nginx has no room for long names of variables. */
const toldVariable = (i: number): string => `$dashgate_told_${i + 1}`;

/** `$dashgate_user` for `X-Dashgate-User`. */
const variableOf = (name: string): string => `$${name.slice('X-'.length).toLowerCase().replaceAll('-', '_')}`;

/** Takes away the client's own. Not for a name that is set in the same place: nginx would send both. */
export const droppedLines = (names: readonly string[]): Written =>
  new Written(names.map((name) => line(name, '""')).join(''));

/** Shows the check what asks for another method, as nginx hands it on to the dashboard. */
export const overrideLines = (): Written =>
  new Written(METHOD_OVERRIDES.map((name) => line(name, `$http_${name.replaceAll('-', '_')}`)).join(''));

/** Takes our words out of what an upstream answers. */
export const hiddenLines = (): Written => new Written(HIDDEN.map((name) => `proxy_hide_header ${name};\n`).join(''));
