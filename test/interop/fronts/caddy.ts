import { IDENTITY_HEADERS, UNTRUSTED } from '../../../src/lib/untrusted-headers.ts';
import { freePort } from '../../support/free-port.ts';
import { program } from '../../support/programs.ts';
import { startProgram } from '../../support/start-program.ts';
import { tempDir } from '../../support/temp-dir.ts';
import type { Front } from './envoy.ts';
import type { Places } from './printed.ts';

/** Set by Caddy itself, of which it believes no client. */
const ITS_OWN = new Set(['X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto']);

/** In a `route`, which keeps the order: what the client said is taken away before anybody is asked. */
const guarded = (app: string, { check, dashboard }: Places): string => `
	route {
		${[...IDENTITY_HEADERS, ...UNTRUSTED]
      .filter((name) => !ITS_OWN.has(name))
      .map((name) => `request_header -${name}`)
      .join('\n\t\t')}
		forward_auth 127.0.0.1:${check} {
			uri /_dashgate/auth/forward?app=${app}
			copy_headers ${IDENTITY_HEADERS.join(' ')} X-Dashgate-Upstream-Cookie X-Dashgate-Upstream-Authorization
		}
		reverse_proxy 127.0.0.1:${dashboard} {
			header_up Cookie {http.request.header.X-Dashgate-Upstream-Cookie}
			header_up Authorization {http.request.header.X-Dashgate-Upstream-Authorization}
			header_up -X-Dashgate-Upstream-*
		}
	}`;

/** The real Caddy, as Debian has it. */
export async function startCaddy(places: Places): Promise<Front> {
  await using closing = new AsyncDisposableStack();
  const dir = closing.use(await tempDir());
  const port = await freePort();
  const file = await dir.write(
    'Caddyfile',
    `
{
	admin off
	auto_https off
}
http://:${port} {
	bind 127.0.0.1
	@own path /_dashgate /_dashgate/*
	handle @own {
		reverse_proxy 127.0.0.1:${places.public}
	}
	@stream {
		method GET
		header_regexp Upgrade (?i)^websocket$
	}
	handle @stream {
		reverse_proxy 127.0.0.1:${places.public}
	}
	handle /wiki/* {
		${guarded('wiki', places)}
	}
	handle {
		${guarded('sales', places)}
	}
}
`,
  );
  closing.use(
    await startProgram(program('caddy'), ['run', '--config', file, '--adapter', 'caddyfile'], {
      ready: /serving initial configuration/,
      env: { XDG_DATA_HOME: dir.path, XDG_CONFIG_HOME: dir.path },
    }),
  );
  const all = closing.move();
  return { port, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
