/**
 * What is known of somebody beside their groups, as it stands among them in a session: where they are from, and which rules they
 * meet. No group begins with a colon.
 */
export const markOf = (kind: 'tenant' | 'hd' | 'rule', value: string): string => `:${kind}:${value.toLowerCase()}`;

export const isMark = (group: string): boolean => group.startsWith(':');
