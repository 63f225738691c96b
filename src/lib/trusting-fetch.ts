import { ConfigInvalid } from '../errors.ts';
import { readText } from './read-text.ts';

const MOST_BYTES = 1024 * 1024;

/**
 * `fetch` that trusts the authorities of a file, and no others. It is read for each connection, so that new ones need no restart.
 * @throws ConfigInvalid where the file cannot be used now
 */
export async function createTrustingFetch(caFile: string): Promise<typeof globalThis.fetch> {
  readAuthorities(caFile);
  // Few need it, and it takes a while to be loaded.
  const { Agent, buildConnector, fetch } = await import('undici');
  const dispatcher = new Agent({
    connect(options, done) {
      try {
        buildConnector({ ca: readAuthorities(caFile) })(options, done);
      } catch (error) {
        done(error instanceof Error ? error : new Error('no connection'), null);
      }
    },
  });
  return async (place, asked = {}) => {
    const { method = 'GET', headers, body, redirect, signal } = asked;
    if (body instanceof ReadableStream || body instanceof FormData)
      throw new TypeError('bodies are texts or bytes here');
    const answer = await fetch(place instanceof Request ? place.url : place, {
      ...{ dispatcher, method, headers: [...new Headers(headers)], body: body ?? null },
      ...(redirect && { redirect }),
      ...(signal && { signal }),
    });
    const { status, statusText } = answer;
    const hasBody = status !== 204 && status !== 304 && status !== 205;
    // The same in the words of this process: what reads it compares classes.
    return new Response(hasBody ? answer.body : null, { status, statusText, headers: [...answer.headers] });
  };
}

function readAuthorities(file: string): string {
  const pem = readText(file, 'file of certificates', MOST_BYTES);
  if (!pem.includes('-----BEGIN CERTIFICATE-----'))
    throw new ConfigInvalid(`${file}: holds no certificate in PEM; ca_file wants at least one`);
  return pem;
}
