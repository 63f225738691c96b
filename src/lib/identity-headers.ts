import { headerList, headerValue } from './header-value.ts';

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
