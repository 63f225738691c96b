import type { Claims } from '../claims.ts';

/** How and when somebody proved who they are: only the ID token is about that. */
const OF_PROOF = ['iss', 'aud', 'sub', 'sid', 'amr', 'acr', 'auth_time'];

/** What the ID token does not say is taken from the user info; an e-mail address and whether it is verified from one of them. */
export function joined(claims: Claims, info: Claims): Claims {
  const rest = Object.fromEntries(Object.entries(info).filter(([name]) => !OF_PROOF.includes(name)));
  const { email, email_verified } = claims.email === undefined ? info : { email_verified: undefined, ...claims };
  return { ...rest, ...claims, email, email_verified };
}
