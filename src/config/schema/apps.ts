import * as z from 'zod';
import type { Origin } from './address.ts';
import { origin } from './address.ts';
import { at, upstream } from './app-address.ts';
import { duration, file, line, listOf, name, pathPattern } from './values.ts';

const rule = z.strictObject({
  resource: name.meta({ description: 'The resource that these paths need.', examples: ['hr'] }),
  paths: listOf(pathPattern)
    .min(1, { error: 'is empty; name at least one path, or remove the rule' })
    .meta({
      description:
        "Path patterns, relative to the app's own prefix: `/hr` in an app at `/sales/` is `/sales/hr`. `*` is one segment, `**` any number; `/hr` alone leaves what is below it open, so mostly both `/hr` and `/hr/**` are meant. Case makes no difference.",
      examples: [['/hr', '/hr/**']],
    }),
});

const app = z.strictObject({
  name: name.meta({ description: 'Names the app in grants, logs and headers.', examples: ['sales'] }),
  at: at.meta({
    description: 'Where the app is public: an absolute URL, or a path below `server.public_url`.',
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
    .enum(['web', 'dash', 'tabpy'])
    .prefault('web')
    .meta({ description: 'What stands behind: a Dash app, a TabPy server, or any other web application.' }),
  resource: name.optional().meta({
    description: 'The resource that is needed to enter at all. Without it any signed-in identity may.',
    examples: ['sales'],
  }),
  resources: z.array(rule).prefault([]).meta({
    title: 'list',
    description: 'Paths that need a resource of their own, beside `resource`. Every rule that matches must be met.',
  }),
  public: listOf(pathPattern)
    .prefault([])
    .meta({
      description:
        "Path patterns that need no login, relative to the app's own prefix like those of `resources`, which come first. Case counts.",
      examples: [['/robots.txt']],
    }),
  credentials: listOf(z.enum(['cookie', 'basic']))
    .min(1, { error: 'is empty, so nobody could sign in; name cookie, basic or both, or remove the line' })
    .prefault(['cookie', 'basic'])
    .meta({ description: 'What counts as a proof of identity. Any other scheme goes upstream untouched.' }),
  identity: listOf(z.enum(['headers']))
    .prefault(['headers'])
    .meta({ description: 'How the dashboard is told who is there; `[]`: not at all.' }),
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

export const settleApps = (read: z.output<typeof apps>, publicUrl: Origin) =>
  read.map((app) => ({
    name: app.name,
    at: { ...(app.at.origin ?? publicUrl), prefix: app.at.prefix },
    upstream: app.upstream,
    upstreamTls: app.upstream_tls
      ? { caFile: app.upstream_tls.ca_file ?? null, serverName: app.upstream_tls.server_name ?? null }
      : null,
    kind: app.kind,
    resource: app.resource ?? null,
    resources: app.resources,
    public: app.public,
    credentials: app.credentials,
    identity: app.identity,
    origins: app.origins.map(({ origin }) => origin),
    timeoutMs: app.timeout,
  }));
