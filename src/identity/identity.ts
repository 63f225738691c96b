/** Who acts as somebody else (`act`, RFC 8693 §4.1). */
export interface Actor {
  readonly sub: string;
  readonly user: string;
  readonly name: string;
}

/** Who is there, and how they proved it. */
export interface Identity {
  /** `<source>:<immutable id>`, as `file:mica`; never an e-mail address. Empty for {@link nobody}. */
  readonly sub: string;
  /** The user name within its source, canonical: what an upstream is told. Empty for who is no user (`label:…`). */
  readonly user: string;
  readonly name: string;
  readonly email: string;
  readonly groups: readonly string[];
  /** Canonical grants, by today's configuration. */
  readonly allowedResources: readonly string[];
  /** Authentication methods (RFC 8176), as `pwd`. */
  readonly amr: readonly string[];
  /** The class of the proof (`acr`, OpenID Connect Core §2), where its source says one. */
  readonly acr?: string;
  /** When the proof was given, in seconds since the epoch; 0: a provider does not say. */
  readonly authTimeSec: number;
  /** What the proof is good for, where that is less than the identity may: canonical grants. */
  readonly scope?: readonly string[];
  /** The client id of the connected app that vouches for them: they have no power over sessions, tokens or other users. */
  readonly connected?: string;
  /** Who acts as this one: the proof is theirs. */
  readonly act?: Actor;
  /** Only of {@link guest}. */
  readonly isGuest?: true;
}

/** Whose session it is: of who acts, where somebody does. */
export const ownerOf = (identity: Identity): Actor => identity.act ?? identity;

/** As the audit line names them. */
export const namesOf = ({ sub, act }: Identity) => ({ who: sub, ...(act && { actor: act.sub }) });

/** The identity without a name: what a public path is answered for. */
export const nobody: Identity = Object.freeze({
  sub: '',
  user: '',
  name: '',
  email: '',
  groups: [],
  allowedResources: [],
  amr: [],
  authTimeSec: 0,
});

/** Who comes without signing in where that is optional: nobody, of whom an app may be told as much. */
export const guest: Identity = Object.freeze({ ...nobody, isGuest: true });

/** The method (`amr`) of a personal access token. */
export const PERSONAL_TOKEN = 'pat';
