/** The one class of undici that carries requests; its whole index takes twice as long to load, for fetch, caches and mocks. */
declare module 'undici/lib/dispatcher/client.js' {
  import type { Client as UndiciClient } from 'undici';

  const Client: typeof UndiciClient;
  export default Client;
}
