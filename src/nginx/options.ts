/** What dashgate.yaml does not say: where nginx stands, and where it finds things. */
export interface InitOptions {
  /** Certificate chain and key in PEM, as nginx's machine names them. */
  readonly cert: string;
  readonly key: string;
  /** Addresses for https (for a public_url with http: for http), as `443` or `[::]:443`; empty: the port of each origin. */
  readonly listen: readonly string[];
  /** Addresses from which plain http is sent on to https; empty: none. */
  readonly redirectListen: readonly string[];
  /** Where nginx finds dashgate, when it listens on every address of another machine. */
  readonly dashgate: string;
  /** A complete nginx.conf, for `nginx -c`, that keeps its pid and temporary files in `temp`. */
  readonly whole: boolean;
  readonly temp: string;
  readonly accessLog: string;
}

export const defaults: InitOptions = {
  cert: '/etc/nginx/tls/fullchain.pem',
  key: '/etc/nginx/tls/privkey.pem',
  listen: [],
  redirectListen: ['80'],
  dashgate: '127.0.0.1',
  whole: false,
  temp: '/tmp/dashgate-nginx',
  accessLog: '/var/log/nginx/access.log',
};
