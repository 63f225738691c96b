/** As the callers of `fetch` have it, who may say of anything that it is not there. */
export interface FetchOptions {
  readonly method?: string;
  readonly headers?: NonNullable<RequestInit['headers']>;
  readonly body?: RequestInit['body'] | undefined;
  readonly signal?: RequestInit['signal'] | undefined;
}

/**
 * `fetch` for servers that others run: an answer may take so long and be so large, and leads nowhere else.
 * The body is read before it is given back, so that no half of one is ever parsed.
 */
export function createBoundedFetch({
  timeoutMs,
  mostBytes,
  fetch = globalThis.fetch,
}: {
  readonly timeoutMs: number;
  readonly mostBytes: number;
  /** In place of that of the process. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}): (url: string, options: FetchOptions) => Promise<Response> {
  return async (url, options) => {
    const late = AbortSignal.timeout(timeoutMs);
    const signal = options.signal ? AbortSignal.any([options.signal, late]) : late;
    const { body = null, method = 'GET', headers: sent = {} } = options;
    const answer = await fetch(url, { method, headers: sent, body, redirect: 'manual', signal });
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of answer.body ?? []) {
      bytes += part.length;
      // To leave the loop cancels the rest.
      if (bytes > mostBytes) throw new RangeError(`the answer has more than ${mostBytes} bytes`);
      parts.push(part);
    }
    const hasBody = answer.status !== 204 && answer.status !== 304 && answer.body !== null;
    const { status, statusText, headers } = answer;
    return new Response(hasBody ? Buffer.concat(parts) : null, { status, statusText, headers });
  };
}
