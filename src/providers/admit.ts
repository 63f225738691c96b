import type { ProviderConfig } from '../config/schema/config.ts';

/** One `@`, nothing that cannot be seen: what stands behind the last of two would be another domain than a mail server's. */
const EMAIL = /^([^\s@\p{Cc}\p{Cf}"(),:;<>[\\\]]{1,64})@([^\s@\p{Cc}\p{Cf}]{1,255})$/u;

export const isEmail = (text: string): boolean => EMAIL.test(text);

/** Whether somebody is within the fence of `allow`, if there is one, and one of its lists applies; without lists everyone is let in. */
export function isAdmitted(
  allow: ProviderConfig['allow'],
  { email, groups }: { readonly email: string; readonly groups: readonly string[] },
): boolean {
  if (allow === null) return true;
  const { fence, emailDomains, emails } = allow;
  if (fence.length > 0 && !groups.some((group) => fence.includes(group))) return false;
  if (emailDomains.length + emails.length + allow.groups.length === 0) return true;
  const [whole = '', , domain = ''] = EMAIL.exec(email.toLowerCase()) ?? [];
  return (
    (domain !== '' && emailDomains.includes(domain)) ||
    (whole !== '' && emails.includes(whole)) ||
    groups.some((group) => allow.groups.includes(group))
  );
}
