/**
 * The names of our keys. The braces keep all of them in one slot of a cluster (Redis cluster specification, "hash tags"), so
 * that a script can change several at once.
 */
export const keysOf = (prefix: string) => ({
  /** Which life of the data this is, as {@link Epoch} has it. */
  epoch: `{${prefix}}:epoch`,
  /** Ended sessions: a sorted set of `jti` by the second of their own end. */
  sessions: `{${prefix}}:ended-sessions`,
  /** Ended subjects: a sorted set of `sub` by the second until which all that began is ended. */
  subjects: `{${prefix}}:ended-subjects`,
  /** What was ended lately, in order: a stream, for those who listen. */
  log: `{${prefix}}:log`,
  /** The number of the newest entry of the log. */
  count: `{${prefix}}:log-count`,
  /** Written by each instance while it is there, which shows that Redis takes writes. */
  beat: `{${prefix}}:beat`,
  secret: `{${prefix}}:secret`,
  proofs: (source: string) => `{${prefix}}:proofs:${source}`,
  once: (id: string) => `{${prefix}}:once:${id}`,
  attempts: (key: string) => `{${prefix}}:attempts:${key}`,
  /** Names and addresses that have to wait, in order: a stream. */
  waits: `{${prefix}}:waits`,
  /** What a session asks its provider by, sealed. */
  refresh: (jti: string) => `{${prefix}}:refresh:${jti}`,
  /** Whoever is asking by it now. */
  refreshTurn: (jti: string) => `{${prefix}}:refresh-turn:${jti}`,
  /** A token that somebody made: a hash of what it is and when it was used. */
  token: (id: string) => `{${prefix}}:token:${id}`,
  /** All of a user: a sorted set of ids by their end. */
  tokensOf: (sub: string) => `{${prefix}}:tokens-of:${sub}`,
  session: (jti: string) => `{${prefix}}:session:${jti}`,
  /** All live sessions: a sorted set of `jti` by last use. */
  live: `{${prefix}}:live`,
  liveOf: (sub: string) => `{${prefix}}:live-of:${sub}`,
  liveUser: (user: string) => `{${prefix}}:live-user:${user}`,
});

export type Keys = ReturnType<typeof keysOf>;
