import { headerList, headerValue, plainList, plainValue } from './header-value.ts';

/** What a header can tell of somebody. */
export type Tells = 'user' | 'name' | 'email' | 'groups' | 'resources' | 'shiny';

/** A header beside `X-Dashgate-*` by which an app is told who is there. */
export interface ToldHeader {
  readonly name: string;
  readonly tells: Tells;
}

interface Told {
  readonly user: string;
  readonly name: string;
  readonly email: string;
  readonly groups: readonly string[];
  readonly allowedResources: readonly string[];
}

/**
 * How an upstream is told who is there. Every header is in it, empty where there is nothing to tell, so that a client's
 * own copy can always be overwritten. Texts are percent-encoded as {@link headerValue} says; lists are parted by `,`.
 */
export const identityHeaders = ({ user, name, email, groups, allowedResources }: Told): Record<string, string> => ({
  'X-Dashgate-User': headerValue(user),
  'X-Dashgate-Name': headerValue(name),
  'X-Dashgate-Email': headerValue(email),
  'X-Dashgate-Groups': headerList(groups),
  'X-Dashgate-Resources': headerList(allowedResources),
  'X-Dashgate-Assertion': '',
});

/** What such a header says; empty where there is nothing to tell. */
export function toldValue(tells: Tells, { user, name, email, groups, allowedResources }: Told): string {
  switch (tells) {
    case 'user':
      return plainValue(user);
    case 'name':
      return plainValue(name);
    case 'email':
      return plainValue(email);
    case 'groups':
      return plainList(groups);
    case 'resources':
      return plainList(allowedResources);
    case 'shiny':
      return user === '' ? '' : ascii(JSON.stringify({ user, groups }));
  }
}

/** JSON in ASCII (RFC 8259 §7): servers disagree about what other bytes in a header mean. */
const ascii = (json: string): string =>
  json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
