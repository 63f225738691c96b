import * as z from 'zod';
import type { Origin } from './address.ts';
import { origin } from './address.ts';
import { at, type Upstream, upstream } from './app-address.ts';
import { appIdentity, settleAppIdentity } from './app-identity.ts';
import { rewrite, settleRewrite } from './app-rewrite.ts';
import { rule } from './app-rule.ts';
import { networks, requirement } from './conditions.ts';
import { delegation, headerOf, settleDelegation } from './delegation.ts';
import { sections, settleSections } from './sections.ts';
import { settleTableau, tableau } from './tableau.ts';
import { settleTableauServer, tableauServer } from './tableau-server.ts';
import { duration, file, line, listOf, name, pathPattern, plainPath, Refused, text } from './values.ts';

/** Goes into a quoted string (RFC 9110 §5.6.4), where nothing is to be escaped. */
const realm = text('text', (given) =>
  /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,64}$/.test(given)
    ? given
    : new Refused('is not a realm; write 1 to 64 ASCII characters without " and \\'),
);

/** RFC 7617 §2: the first colon ends it. */
const basicUser = text('text', (given) =>
  given === '' || given.length > 255 || /[:\p{Cc}]/u.test(given)
    ? new Refused('is not a user name for Basic; write 1 to 255 characters without a colon')
    : given,
);

const app = z.strictObject({
  name: name.meta({ description: 'Names the app in grants, logs and headers.', examples: ['sales'] }),
  title: line(80)
    .optional()
    .meta({
      description: 'What people read in lists of dashboards.',
      derived: 'the name',
      examples: ['Sales figures'],
    }),
  at: at.meta({
    description:
      'Where the app is public: an absolute URL, or a path below `server.public_url`. `https://*.dash.example.com/` is every host of one label there; see docs/addresses.md for what that asks of your DNS.',
    examples: ['/sales/'],
  }),
  upstream: upstream.meta({
    description:
      "The dashboard's own address: `http://`, `https://` or `unix:/path.sock`. A path behind it (`unix:/path.sock:/path/`) takes the place of the public prefix; without one, not even a `/`, paths go upstream as they came.",
    examples: ['http://127.0.0.1:8050'],
  }),
  upstream_tls: z
    .strictObject({
      ca_file: file.optional().meta({
        description: "Certificates in PEM by which the upstream's own is judged, in place of the system's.",
        examples: ['tls/ca.pem'],
      }),
      server_name: line(253)
        .optional()
        .meta({
          description: 'The name that the certificate must have, where it is not the host of `upstream`.',
          examples: ['dash.internal'],
        }),
    })
    .optional()
    .meta({ description: 'How an https upstream is known. There is no way to skip the check.' }),
  kind: z
    .enum([
      ...[
        'web',
        'dash',
        'panel',
        'bokeh',
        'streamlit',
        'gradio',
        'shiny',
        'marimo',
        'jupyter',
        'voila',
        'grafana',
        'tabpy',
        'tableau',
      ],
    ] as const)
    .prefault('web')
    .meta({
      description:
        'What stands behind, of which dashgate then knows what all of its pages need and what they ask for by themselves; `web`: any web application. See docs/reference/kinds.md.',
    }),
  resource: name.optional().meta({
    description: 'The resource that is needed to enter at all. Without it any signed-in identity may.',
    examples: ['sales'],
  }),
  resources: z.array(rule).prefault([]).meta({
    title: 'list',
    description: 'Paths that need a resource of their own, beside `resource`. Every rule that matches must be met.',
  }),
  open: listOf(pathPattern)
    .prefault([])
    .meta({
      description:
        "Path patterns for whoever is signed in. In an app with `resources` and without `resource` or `sections`, what is named neither here nor in `resources` or `public` is refused, but to those with `_all_`. Relative to the app's own prefix; case counts. `/**`: everything that no rule guards.",
      examples: [['/', '/static/**']],
    }),
  networks: networks.meta({
    title: 'list of addresses or CIDRs',
    description: 'From where the app may be asked for at all, what is `public` included.',
    examples: [['10.0.0.0/8', '2001:db8::/32']],
  }),
  require: requirement.meta({
    description: 'How, and how lately, whoever enters must have proved who they are.',
  }),
  sections,
  public: listOf(pathPattern)
    .prefault([])
    .meta({
      description:
        "Path patterns that need no login, relative to the app's own prefix like those of `resources`, which come first. Case counts.",
      examples: [['/robots.txt']],
    }),
  guests: listOf(pathPattern)
    .prefault([])
    .meta({
      description:
        'Path patterns for which signing in is optional, like those of `public`: who has not is let in as a guest, and who has is told to the dashboard as everywhere else. `/**`: everywhere but where a rule says otherwise.',
      examples: [['/**']],
    }),
  login_path: plainPath.optional().meta({
    description:
      "A path of the app whose links mean dashgate's own login page, relative to the app's own prefix, as `/login` of Panel. `next` in its query says where to go afterwards.",
    examples: ['/login'],
  }),
  logout_path: plainPath.optional().meta({
    description: "The same for dashgate's page to sign out, which asks before it does.",
    examples: ['/logout'],
  }),
  credentials: listOf(z.enum(['cookie', 'basic', 'bearer', 'tableau']))
    .prefault(['cookie', 'basic'])
    .meta({
      description:
        'What counts as a proof of identity. `bearer`: tokens of `token_issuers`, and personal access tokens (docs/tokens.md). `tableau`: API tokens, which the clients of Tableau get below `/api/` of the app (docs/tableau-api.md). Any other scheme goes upstream untouched. `[]`: nobody signs in, for an app that `public: ["/**"]` opens to everyone.',
    }),
  tableau: tableau.optional(),
  ...appIdentity,
  realm: realm.optional().meta({
    description: 'The realm of a `WWW-Authenticate: Basic`, which clients show beside the question for a password.',
    derived: '`TabPy Server` for `tabpy`, as in its own `state.ini`; else `dashgate`',
    examples: ['TabPy Server'],
  }),
  upstream_auth: z.enum(['none', 'own', 'fixed']).prefault('none').meta({
    description:
      "What the dashboard gets as `Authorization`. `none`: a Basic header that was checked here goes no further; `own`: the client's own goes on as it came; `fixed`: always that of `upstream_credentials`, in place of any other.",
  }),
  upstream_credentials: z
    .strictObject({
      user: basicUser.meta({ description: 'User name.', examples: ['dashgate'] }),
      password_file: file.meta({
        description: 'File with the password and nothing else, mode 600. Read again when it changes.',
        examples: ['tabpy.password'],
      }),
    })
    .optional()
    .meta({ description: 'The service credential of `upstream_auth: fixed`, sent by Basic.' }),
  delegation,
  tableau_server: tableauServer,
  session_notice: z.enum(['on', 'off']).prefault('off').meta({
    description:
      "`on`: pages of the app get one small script of dashgate's, which says over the dashboard that the session has ended, signs in again in a window beside it, and lets the page go on; see docs/session-notice.md.",
  }),
  rewrite,
  origins: listOf(origin)
    .prefault([])
    .meta({
      description: "Further origins whose pages may send unsafe requests and open websockets, beside the app's own.",
      examples: [['https://portal.example.com']],
    }),
  timeout: duration(100, 86_400_000)
    .prefault('120s')
    .meta({ description: 'How long the upstream may stay silent before it counts as gone.' }),
});

export const apps = z
  .array(app)
  .min(1, { error: 'is empty; name at least one app, with name, at and upstream' })
  .meta({ title: 'list', description: 'The dashboards, and where they are public.' });

export const settleApps = (read: z.output<typeof apps>, publicUrl: Origin) => {
  const told = read.flatMap((app) => [
    ...settleAppIdentity(app).identityHeaders,
    ...headerOf(settleDelegation(app.delegation)),
  ]);
  const namedHeaders = [...new Map(told.map(({ name }) => [name.toLowerCase(), name])).values()];
  const places = read.map(({ at }) => ({ ...(at.origin ?? publicUrl), prefix: at.prefix }));
  const namedHosts = [...new Set([publicUrl, ...places].map(({ host }) => host))];
  return read.map((app) => ({
    name: app.name,
    title: app.title || null,
    at: { ...(app.at.origin ?? publicUrl), prefix: app.at.prefix },
    upstream: app.upstream,
    upstreamTls: app.upstream_tls
      ? { caFile: app.upstream_tls.ca_file ?? null, serverName: app.upstream_tls.server_name ?? null }
      : null,
    kind: app.kind,
    resource: app.resource ?? null,
    resources: app.resources,
    open: app.open,
    networks: app.networks ?? null,
    require: app.require ?? null,
    sections: settleSections(app.sections),
    public: app.public,
    guests: app.guests,
    loginPath: app.login_path ?? null,
    logoutPath: app.logout_path ?? null,
    credentials: app.credentials,
    tableau: app.credentials.includes('tableau') ? settleTableau(app.tableau) : null,
    hasTableauKeys: app.tableau !== undefined,
    tableauServer: settleTableauServer(app.tableau_server, originOfUpstream(app.upstream)),
    ...settleAppIdentity(app),
    identityHeaders: [...settleAppIdentity(app).identityHeaders, ...headerOf(settleDelegation(app.delegation))],
    delegation: settleDelegation(app.delegation),
    namedHeaders,
    namedHosts,
    realm: app.realm ?? null,
    upstreamAuth: upstreamAuthOf(app),
    upstreamCredentials: app.upstream_credentials
      ? { user: app.upstream_credentials.user, passwordFile: app.upstream_credentials.password_file }
      : null,
    hasNotice: app.session_notice === 'on',
    rewrite: settleRewrite(app.rewrite),
    origins: app.origins.map(({ origin }) => origin),
    timeoutMs: app.timeout,
  }));
};

const originOfUpstream = (upstream: Upstream): string | null => (upstream.kind === 'tcp' ? upstream.origin : null);

/** With what `identity` says of it; check-identity.ts refuses what says two things. */
function upstreamAuthOf({
  identity,
  assertion,
  upstream_auth,
  upstream_credentials,
  delegation,
}: z.output<typeof app>): z.output<typeof app>['upstream_auth'] | 'told' {
  if (upstream_auth !== 'none') return upstream_auth;
  if (identity.includes('bearer')) return 'told';
  if (identity.includes('assertion') && assertion.sent_as === 'bearer') return 'told';
  if (delegation && upstream_credentials) return 'fixed';
  if (!identity.includes('basic')) return 'none';
  return upstream_credentials ? 'fixed' : 'own';
}
