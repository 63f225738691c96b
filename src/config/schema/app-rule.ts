import * as z from 'zod';
import { httpMethod, networks, requirement } from './conditions.ts';
import { listOf, name, pathPattern } from './values.ts';

/** Paths of an app that ask for more than the app itself. */
export const rule = z
  .strictObject({
    resource: name.optional().meta({
      description:
        'The resource that these paths need. Without it the rule only adds its `networks` and `require` to what else is asked there.',
      examples: ['hr'],
    }),
    paths: listOf(pathPattern)
      .min(1, { error: 'is empty; name at least one path, or remove the rule' })
      .meta({
        description:
          "Path patterns, relative to the app's own prefix: `/hr` in an app at `/sales/` is `/sales/hr`. `*` is one segment, `**` any number; `/hr/**` is `/hr` and all below it, while `/hr` alone leaves what is below it unguarded. Case makes no difference.",
        examples: [['/hr', '/hr/**']],
      }),
    methods: listOf(httpMethod)
      .min(1, { error: 'is empty; name at least one method, or remove the line' })
      .optional()
      .meta({
        description:
          'The methods that the rule is for; without it all. HEAD goes with GET, and a request that asks to be taken for another method (`X-HTTP-Method-Override`) is held to every rule.',
        examples: [['POST', 'PUT', 'PATCH', 'DELETE']],
      }),
    networks: networks.meta({
      title: 'list of addresses or CIDRs',
      description: 'From where these paths may be asked for; from elsewhere they are refused, whoever asks.',
      examples: [['10.0.0.0/8', '2001:db8::/32']],
    }),
    require: requirement.meta({
      description: 'How, and how lately, who asks for these paths must have proved who they are.',
    }),
  })
  .check(({ value: { resource, networks, require }, issues }) => {
    if (resource === undefined && networks === undefined && require === undefined)
      issues.push({
        code: 'custom',
        message:
          'asks for nothing; name resource, networks or require. Paths for whoever may enter are named under open of the app',
        input: null,
      });
  });

/** Whether what nothing names is refused: there are resources, and none for the whole. Sections look at what is inside. */
export const isClosed = ({
  resource,
  resources,
  sections,
}: {
  readonly resource: string | null;
  readonly resources: readonly { readonly resource?: string | undefined }[];
  readonly sections: object | null;
}): boolean => resource === null && sections === null && resources.some((rule) => rule.resource !== undefined);
