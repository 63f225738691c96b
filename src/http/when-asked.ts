import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

/** A part of the program could not be read. The next request tries anew. */
type OnFailed = (error: unknown, request: IncomingMessage, response: ServerResponse) => void;

/** A listener that is loaded with the first request to it, once for all that come meanwhile. */
export function whenAsked(load: () => Promise<RequestListener>, onFailed: OnFailed): RequestListener {
  let loaded: RequestListener | null = null;
  let loading: Promise<RequestListener> | null = null;
  return (request, response) => {
    if (loaded) return loaded(request, response);
    loading ??= load().finally(() => {
      loading = null;
    });
    loading
      .then((listener) => {
        loaded = listener;
        listener(request, response);
      })
      .catch((error: unknown) => onFailed(error, request, response));
  };
}
