import { UsageError } from '../../errors.ts';
import { canonicalAddress } from '../../lib/client-address.ts';

/** A request that somebody could make. */
export interface Asked {
  readonly method: string;
  /** As a browser writes it, without a default port. */
  readonly origin: string;
  /** The Host header. */
  readonly host: string;
  /** Path and query as they are sent. */
  readonly uri: string;
  /** The client's address; `null`: not said, and not looked at. */
  readonly from: string | null;
}

/**
 * Reads `[METHOD] URL`. What a browser would tidy up, as `/a/../b`, stays as it is written: a client may send that too.
 * @throws UsageError
 */
export function readAsked(words: readonly string[], from: string | undefined): Asked {
  const [url = '', method = 'GET'] = words.toReversed();
  if (!/^[A-Za-z]{1,20}$/.test(method))
    throw new UsageError(`${JSON.stringify(method)} is no method; write explain --user NAME [METHOD] URL`);
  const address = from === undefined ? null : canonicalAddress(from);
  if (from !== undefined && address === null) throw new UsageError('--from: write an IP address');
  const [, scheme = '', authority = '', rest = ''] = /^(https?):\/\/([^/?#]+)([^#]*)/i.exec(url) ?? [];
  const at = URL.parse(`${scheme}://${authority}`);
  if (scheme === '' || !at || /[@\\]/.test(authority))
    throw new UsageError(`${JSON.stringify(url)} is no whole URL; write one, as https://dash.example.com/hr`);
  const sent = rest.replace(/[^\x21-\x7e]+/g, (run) => encodeURIComponent(run.toWellFormed()));
  return {
    method: method.toUpperCase(),
    ...{ origin: at.origin, host: at.host, from: address },
    uri: sent.startsWith('/') ? sent : `/${sent}`,
  };
}
