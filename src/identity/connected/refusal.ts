/**
 * Why a connected app's token was not taken. Numbers and names are those that Tableau answers with (its documentation, "Troubleshoot
 * connected apps"); those marked so are in use, but not confirmed by a page of theirs.
 */
export const CODES = {
  SYSTEM_USER_NOT_FOUND: 5,
  LOGIN_FAILED: 16,
  FEATURE_NOT_ENABLED: 67,
  CONNECTED_APP_NOT_FOUND: 126,
  CONNECTED_APP_SECRET_NOT_FOUND: 127,
  BAD_JWT: 10083,
  JWT_PARSE_ERROR: 10084,
  COULD_NOT_FETCH_JWT_KEYS: 10085,
  BLOCKLISTED_JWS_ALGORITHM_USED_TO_SIGN: 10087,
  /** Unconfirmed. */
  RSA_KEY_SIZE_INVALID: 10088,
  /** Named as 126 is: of a connected app with an issuer. */
  ISSUER_NOT_FOUND: 10089,
  CONNECTED_APP_DISABLED: 10090,
  /** Unconfirmed. */
  JTI_ALREADY_USED: 10091,
  /** Unconfirmed. */
  DOMAIN_RESTRICTION: 10094,
  JWT_EXPIRATION_EXCEEDS_CONFIGURED_EXPIRATION_PERIOD: 10096,
  /** Unconfirmed. */
  SCOPES_MALFORMED: 10097,
  /** Unconfirmed. */
  JWT_UNSIGNED_OR_ENCRYPTED: 10098,
  /** Unconfirmed. */
  SCOPES_MISSING_IN_JWT: 10099,
  /** Unconfirmed. */
  JWT_MAX_SIZE_EXCEEDED: 10103,
} as const;

type RefusalName = keyof typeof CODES;

/** A token that is not taken. */
export interface Refusal {
  readonly kind: 'refused';
  readonly code: number;
  /** As Tableau has it: two codes have the same one. */
  readonly name: string;
  /** A line for whoever runs the application: what is wrong with its token. Nothing of the token stands in it. */
  readonly detail: string;
  /** It could not be found out: trying again with another token may do. */
  readonly isOutage?: true;
}

export const refuse = (name: RefusalName, detail: string): Refusal => ({
  kind: 'refused',
  code: CODES[name],
  name: name === 'ISSUER_NOT_FOUND' ? 'CONNECTED_APP_NOT_FOUND' : name,
  detail,
});
