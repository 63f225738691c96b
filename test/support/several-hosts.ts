import { type GateOptions, PASSWORDS, type User } from './gate.ts';
import { OWN } from './own-paths.ts';
import type { Visitor } from './visitor.ts';

export const SIGN_IN = 'https://dash.example.com';
export const A = 'https://a.example.com';
export const B = 'https://b.example.net';

/** Three hosts: the sign-in with an app of its own, and two with an app each, one of them of another domain. */
export const SEVERAL: GateOptions = {
  publicUrl: SIGN_IN,
  apps: [
    { name: 'home', at: `${SIGN_IN}/`, upstream: '$UPSTREAM', identity: ['headers'] },
    { name: 'first', at: `${A}/`, upstream: '$UPSTREAM', identity: ['headers'], public: ['/open/**'] },
    { name: 'second', at: `${B}/app/`, upstream: '$UPSTREAM', identity: ['headers'] },
  ],
};

/** Opens a page of an app, and signs in where that leads. @returns the whole way after the form */
export async function signInAt(visitor: Visitor, user: User, url: string, { prefix } = OWN) {
  const { way, answer } = await visitor.visit(url);
  const at = new URL(way.at(-1) ?? '');
  if (answer.status !== 200 || at.pathname !== `${prefix}/login`) throw new Error(`${way.join(' ')}: ${answer.status}`);
  const returnTo = at.searchParams.get('return_to');
  return visitor.visit(`${at.origin}${prefix}/login`, {
    ...{ user, password: PASSWORDS[user] },
    ...(returnTo !== null && { return_to: returnTo }),
  });
}
