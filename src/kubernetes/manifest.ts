import { Document } from 'yaml';

/** One object of Kubernetes, as it is applied. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly [more: string]: unknown };
  readonly [more: string]: unknown;
}

/** What stands above an object as a comment; lines are parted by line ends. */
export interface Commented {
  readonly manifest: Manifest;
  readonly comment?: string;
}

const APP_LABEL = 'app.kubernetes.io/name';
export const LABELS = { [APP_LABEL]: 'dashgate' };

export const metadata = (name: string, namespace: string, more: object = {}): Manifest['metadata'] => ({
  ...{ name, namespace, labels: LABELS },
  ...more,
});

/**
 * A stream of YAML documents. Every text of the configuration is a scalar of the printer's, and quoted where it has to be: by
 * YAML 1.1, which Kubernetes reads, `off` and `yes` too.
 */
export function print(all: readonly Commented[]): string {
  return all
    .map(({ manifest, comment }) => {
      const document = new Document(manifest, { version: '1.1', aliasDuplicateObjects: false });
      if (comment !== undefined) document.commentBefore = comment.replace(/^(?=.)/gm, ' ');
      return document.toString({ lineWidth: 0, directives: false });
    })
    .join('---\n');
}

/** A name for an object, from the name of an app, which may have characters and ends that Kubernetes does not take. */
export const objectName = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
