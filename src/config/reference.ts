import { stringify } from 'yaml';
import * as z from 'zod';
import { configSchema } from './schema/config.ts';
import { MODULE, plugin } from './schema/providers/plugin.ts';
import { switches } from './schema/values.ts';
import { type Setting, settingsTree, unwrap } from './settings.ts';

const INTRO = `# Configuration

<!-- Printed from the schema in src/config/schema by scripts/docs.ts. Change it there. -->

dashgate reads one YAML file, \`dashgate.yaml\` in the working directory unless \`--config\` names another. Every key can
also be given as an environment variable or as a flag: a flag counts over the environment, the environment over the file,
the file over the default. A list or a map is then one YAML or JSON value, as
\`DASHGATE_SERVER_TRUSTED_PROXIES='[10.0.0.0/8]'\`, and takes the place of the whole list in the file.

- A key, a \`DASHGATE_…\` variable or a flag that is not listed here is refused. What a Kubernetes service called
  \`dashgate\` sets (\`DASHGATE_SERVICE_HOST\`, \`DASHGATE_PORT_…\`) is passed over; an empty variable counts as not set.
- Relative file names count from the folder of the configuration file; those in variables and flags, and all of them where there is
  no such file, from the working directory.
- A duration is a whole number and its unit (\`ms\`, \`s\`, \`m\`, \`h\`, \`d\`), or several, largest first: \`90s\`, \`8h\`, \`1h30m\`.
- Names of apps and resources are 1 to 64 of \`a-z\`, \`0-9\`, \`_\`, \`.\` and \`-\`.

Beside this page: [a sample](dashgate.sample.yaml) with every key, and [a JSON schema](dashgate.schema.json) for editors.
`;

/** docs/reference/configuration.md */
export const printPage = (): string => [INTRO, ...settingsTree.map(printSection)].join('\n');

function printSection(setting: Setting): string {
  const { named, inList } = flatten(setting);
  const text = [`## ${setting.key}`, ''];
  if (setting.form === 'section') text.push(setting.description, '');
  text.push(
    ...printTable(
      ['Key', 'Type', 'Environment', 'Flag', 'Default', 'Description'],
      named.map((of) => [
        code(of.key),
        of.type,
        of.env ? code(of.env) : '',
        of.flag ? code(`--${of.flag}`) : '',
        printDefault(of),
        describe(of),
      ]),
    ),
  );
  if (inList.length > 0)
    text.push(
      'Each entry:',
      '',
      ...printTable(
        ['Key', 'Type', 'Default', 'Description'],
        inList.map((of) => [code(of.key), of.type, printDefault(of), describe(of)]),
      ),
    );
  return text.join('\n');
}

/** Keys that have names of their own, and those that are given within a list. */
function flatten(setting: Setting, isTop = true): { named: Setting[]; inList: Setting[] } {
  const below = setting.children.map((child) => flatten(child, false));
  const own = setting.form === 'section' && isTop ? [] : [setting];
  const isInList = setting.key.includes('[]');
  return {
    named: [...(isInList ? [] : own), ...below.flatMap(({ named }) => named)],
    inList: [...(isInList ? own : []), ...below.flatMap(({ inList }) => inList)],
  };
}

/** With the types of entry that have it, where not all have. */
const describe = ({ types, description }: Setting): string =>
  types === null ? description : `(${types.map(code).join(', ')}) ${description}`;

function printDefault({ derived, form, default: byDefault, isRequired, within }: Setting): string {
  if (derived) return derived;
  if (form === 'section') return '';
  if (byDefault !== undefined) return code(printValue(byDefault));
  if (!isRequired) return 'none';
  return within ? `required with ${code(within)}` : '**required**';
}

/** A value on one line, as the file would have it. */
export const printValue = (value: unknown): string =>
  stringify(value, { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 }).trim();

const code = (text: string): string => `\`${text}\``;

function printTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const print = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [print(head), print(head.map(() => '---')), ...rows.map(print), ''];
}

/** docs/reference/dashgate.schema.json: draft 7, which editors know best. */
export function printJsonSchema(): string {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    target: 'draft-7',
    override: ({ zodSchema, jsonSchema }) => {
      const { examples } = unwrap(zodSchema).note;
      if (examples) jsonSchema.examples = examples;
      // `login:` with every line below commented out is as good as no line.
      const { type } = jsonSchema;
      if ('default' in jsonSchema && (type === 'object' || type === 'array'))
        Object.assign(jsonSchema, { type: [type, 'null'] });
      if (zodSchema instanceof z.ZodOptional && switches.has(zodSchema))
        Object.assign(jsonSchema, { type: ['object', 'boolean'] });
      if (zodSchema === plugin) allowShort(jsonSchema);
      delete jsonSchema.derived;
      delete jsonSchema.instead;
      delete jsonSchema.needed;
    },
  });
  return `${JSON.stringify({ ...schema, title: 'dashgate.yaml' }, null, 2)}\n`;
}

/** A plug-in may stand in the place of its type, which is how most write it. */
function allowShort(entry: z.core.JSONSchema.BaseSchema): void {
  Object.assign(entry.properties ?? {}, {
    type: { anyOf: [entry.properties?.type, { type: 'string', pattern: MODULE }] },
  });
  entry.required = (entry.required ?? []).filter((key) => key !== 'module');
}
