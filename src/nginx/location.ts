import type { AppConfig } from '../config/schema/config.ts';
import type { OwnPaths } from '../lib/own-paths.ts';
import { droppedFor, IDENTITY_HEADERS, UNTRUSTED } from '../lib/untrusted-headers.ts';
import { noticeTag } from '../notice/script.ts';
import { droppedLines, hiddenLines, identityLines, takenLines, toldLines } from './headers.ts';
import type { InitOptions } from './options.ts';
import { hostAsked, hsts, schemeOf } from './origin.ts';
import { rewriteLines } from './rewrite.ts';
import { render } from './template.ts';
import { join, nothing, Written, word } from './text.ts';

/** What nginx calls the upstream of an app. */
export const upstreamName = ({ name }: Pick<AppConfig, 'name'>): string => `dashgate_app_${name}`;

type Guarded = Pick<AppConfig, 'sections' | 'tableau' | 'delegation' | 'isEmbedded' | 'identity'>;

/** Whether dashgate itself stands between: it looks into the answers of the app, answers at some of its places, has connections for each user, or says who may frame it. */
export const isGuarded = ({ sections, tableau, delegation, isEmbedded, identity }: Guarded): boolean =>
  sections !== null || tableau !== null || delegation !== null || isEmbedded || identity.includes('tableau');

/** Whether nginx puts the session notice into its pages; where dashgate stands between, that does. */
export const isNoticed = (app: AppConfig): boolean => app.hasNotice && !isGuarded(app);

/**
 * Asks dashgate, and forwards to the dashboard what it judged.
 * @param pathVariable - the path and query to forward
 */
export function location(
  app: AppConfig,
  own: OwnPaths,
  pathVariable: string,
  { sockets }: Pick<InitOptions, 'sockets'>,
): Written {
  const { prefix } = app.at;
  const bare = prefix.slice(0, -1);
  const isHttpsUpstream = app.upstream.kind === 'tcp' && app.upstream.protocol === 'https:';
  const isCut = app.upstream.path !== null && app.upstream.path !== prefix;
  return render('app', {
    slash: bare === '' ? nothing : render('slash', { bare, to: new Written(word(prefix, '$is_args$args')) }),
    prefix,
    app: app.name,
    check: own.check.nginx,
    hsts: hsts(app.at),
    target: new Written(word(`${isHttpsUpstream ? 'https' : 'http'}://${upstreamName(app)}`, pathVariable)),
    upstream_tls: isHttpsUpstream ? upstreamTls(app) : nothing,
    scheme: schemeOf(app.at),
    forwarded_prefix: isCut && bare !== '' ? bare : '',
    identity: identityLines(app.identity.includes('headers') || app.identity.includes('assertion')),
    taken: takenLines(app.identityHeaders),
    told: toldLines(app.identityHeaders),
    dropped: droppedLines(droppedFor(app).filter((name) => !SET.has(name))),
    hidden: hiddenLines(),
    redirect: rewriteLines(app),
    host: hostAsked(app.at),
    timeout: new Written(`${app.timeoutMs}ms`),
    to_stream: sockets === 'proxy' ? render('to-stream') : nothing,
    notice: isNoticed(app) ? render('notice', { tag: new Written(noticeTag(own)) }) : nothing,
    open_sockets: sockets === 'proxy' ? nothing : new Written(OPEN_SOCKETS),
  });
}

const WHY = {
  sections:
    'has sections: what its answers hold depends on who asks, so dashgate itself stands between, and nginx only brings TLS.',
  doors:
    'has doors for clients of Tableau, which dashgate answers: it stands between itself, and nginx only brings TLS.',
  delegation:
    "is asked on behalf of each user, whose connections to it are nobody else's, so dashgate itself stands between.",
  frames:
    'may be shown in frames of other pages, and dashgate says to each answer of which, so it stands between itself.',
};

const whyGuarded = ({ sections, tableau, delegation }: Guarded): string =>
  WHY[sections ? 'sections' : tableau ? 'doors' : delegation ? 'delegation' : 'frames'];

/** Leaves such an app to dashgate's public listener. */
export function guardedLocation(app: AppConfig): Written {
  const { prefix } = app.at;
  const bare = prefix.slice(0, -1);
  const slash = bare === '' ? nothing : render('slash', { bare, to: new Written(word(prefix, '$is_args$args')) });
  return join([slash, proxiedLocation(word(prefix), app, `# ${app.name} ${whyGuarded(app)}`)]);
}

/** Leaves what comes for an app at some place to dashgate's public listener. @param why - a comment */
export function proxiedLocation(
  place: string,
  app: { readonly at: Parameters<typeof hsts>[0]; readonly timeoutMs: number },
  why: string,
): Written {
  return render('guarded', {
    why: new Written(why),
    place: new Written(place),
    hsts: hsts(app.at),
    dropped: droppedLines([...IDENTITY_HEADERS, ...UNTRUSTED].filter((name) => name !== 'X-Forwarded-For')),
    // dashgate itself says when the dashboard was silent for too long.
    timeout: new Written(`${app.timeoutMs + 5000}ms`),
  });
}
const OPEN_SOCKETS =
  '# Also ends a websocket that nobody uses. One in use stays open after its session has ended: nginx does not ask again.';

/** Said by the template itself. */
const SET = new Set(['X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'X-Forwarded-Prefix']);

/** Where Debian, and what is built on it, keeps the certificates that a system trusts. */
const SYSTEM_CA = '/etc/ssl/certs/ca-certificates.crt';

function upstreamTls({ upstream, upstreamTls: given }: AppConfig): Written {
  const name = given?.serverName ?? (upstream.kind === 'tcp' ? upstream.host : '');
  return new Written(
    [
      'proxy_ssl_verify on;',
      'proxy_ssl_verify_depth 4;',
      'proxy_ssl_protocols TLSv1.2 TLSv1.3;',
      `proxy_ssl_trusted_certificate ${word(given?.caFile ?? SYSTEM_CA)};`,
      'proxy_ssl_server_name on;',
      `proxy_ssl_name ${word(name)};`,
    ].join('\n'),
  );
}
