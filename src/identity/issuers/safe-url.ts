import { isLocal } from '../../config/schema/address.ts';

/** Whether what is there can be changed by nobody on the way. */
export function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, host, username, password } = new URL(text);
  return (protocol === 'https:' || (protocol === 'http:' && isLocal(host))) && username === '' && password === '';
}
