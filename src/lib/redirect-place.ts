/** A redirect URI of the configuration, whole. */
export interface RedirectPlace {
  /** To the letter what the provider is told. */
  readonly uri: string;
  readonly origin: string;
  /** Where browsers come to. */
  readonly path: string;
}

/** @param given - a URL, or a path of `origin`; `/` alone is `origin` itself, without a slash at its end */
export function redirectPlace(given: string, origin: string): RedirectPlace {
  const uri = given === '/' ? origin : given.startsWith('/') ? origin + given : given;
  const url = new URL(uri);
  return { uri, origin: url.origin, path: url.pathname };
}
