import { Document } from 'yaml';

/**
 * YAML of which every text of the configuration is a scalar of the printer's, and quoted where it has to be: by YAML 1.1, which
 * fronts read, `off` and `yes` too.
 */
export const document = (content: object): string =>
  new Document(content, { version: '1.1', aliasDuplicateObjects: false }).toString({ lineWidth: 0, directives: false });
