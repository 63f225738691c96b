import * as z from 'zod';
import { line, moduleNames, Refused, text } from '../values.ts';
import { allow } from './allow.ts';
import { checkCommon, checkGroupsClaim, groupsClaim, head, rest, SCOPE, settleCommon } from './keys.ts';
import { issuer } from './values.ts';

const FILE = /^(?:\.{1,2})?\//;
const PACKAGE = /^(?:@[a-z0-9][a-z0-9._-]*\/)?dashgate-provider-[a-z0-9._-]+$/;

/** What `type` has to be like to name a plug-in. */
export const MODULE = `${FILE.source}|${PACKAGE.source}`;

/** Whether this names a file rather than a package. */
export const isModuleFile = (name: string): boolean => FILE.test(name);

const moduleName = text('file or package', (given) =>
  (FILE.test(given) || PACKAGE.test(given)) && !/\p{Cc}/u.test(given) && given.length <= 1000
    ? given
    : new Refused('is neither a file, as ./my-provider.js, nor a package, as dashgate-provider-x'),
);
moduleNames.add(moduleName, { module: true });

/** `type: ./my-provider.js` in place of `type: plugin` and `module: ./my-provider.js`. */
export function withModule(entry: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { type } = entry;
  const isModule = typeof type === 'string' && (FILE.test(type) || PACKAGE.test(type)) && !('module' in entry);
  return isModule ? { ...entry, type: 'plugin', module: type } : entry;
}

/** A type that somebody else wrote. */
export const plugin = z
  .strictObject({
    ...head('plugin'),
    module: moduleName.meta({
      description:
        'What is run: docs/plugins.md. Written shorter as `type: ./my-provider.js` or `type: dashgate-provider-x`.',
      examples: ['./my-provider.js'],
    }),
    options: z
      .record(z.string().min(1).max(100), z.unknown())
      .prefault({})
      .meta({
        title: 'map',
        description: 'Its own keys, which it checks itself.',
        examples: [{ portal: 'https://staff.example.com' }],
      }),
    issuer: issuer.meta({
      description: 'What the provider calls itself, or where it is: a session of another issuer counts no more.',
      examples: ['https://login.example.com'],
    }),
    scope: line(1000).prefault('').meta({ description: SCOPE }),
    groups_claim: groupsClaim.prefault('groups'),
    ...rest,
    allow,
  })
  .check(checkCommon, checkGroupsClaim);

/** @param folder - that of the configuration, from which packages are looked for  @param state - from where none is run */
export const settlePlugin = (one: z.output<typeof plugin>, { folder, state }: { folder: string; state: string }) => ({
  ...settleCommon(one),
  ...{ folder, state },
  type: one.type,
  module: one.module,
  options: one.options,
  issuer: one.issuer,
  scope: one.scope,
  asksUserInfo: true,
  groupsClaim: one.groups_claim ?? null,
});
