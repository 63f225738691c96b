/** What says when a token was made, and which one it is (RFC 7519 §4.1, OpenID Connect Core §2): another each time. */
const OF_THE_MOMENT = new Set([
  ...['iat', 'exp', 'nbf', 'jti', 'auth_time', 'nonce', 'at_hash', 'c_hash', 's_hash', 'rat', 'uti', 'sid'],
]);

/** Whether two sets of claims tell the same of somebody, at whatever time each was told. */
export function saySame(before: object, now: object): boolean {
  return spelt(before) === spelt(now);
}

const spelt = (claims: object): string =>
  JSON.stringify(
    Object.entries(claims)
      .filter(([name]) => !OF_THE_MOMENT.has(name))
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );

/** For checks of a token whose end does not count: before it, and behind no `nbf`, as none of ours has one. */
export const WHENEVER = new Date(0);
