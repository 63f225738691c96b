/** More than that no policy is taken apart: it says nothing any more of who may frame a page. */
const LONGEST = 16 * 1024;

/**
 * The headers of an answer, as only these pages may have it in a frame: what they said of that before is gone, and all else of
 * them stays. `X-Frame-Options` goes, which can name no other site.
 * @param headers - names and values in turns
 * @param ancestors - sources of `frame-ancestors` (CSP3 §6.4.2)
 */
export function framedBy(headers: readonly string[], ancestors: string): string[] {
  const changed: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const [name = '', value = ''] = [headers[index], headers[index + 1]];
    const lower = name.toLowerCase();
    if (lower === 'x-frame-options') continue;
    const kept = lower === 'content-security-policy' ? withoutAncestors(value) : value;
    if (kept !== '') changed.push(name, kept);
  }
  changed.push('Content-Security-Policy', `frame-ancestors ${ancestors}`);
  return changed;
}

/** A comma begins another policy (RFC 9110 §5.3). */
function withoutAncestors(header: string): string {
  if (header.length > LONGEST) return header;
  const policies = header.split(',').map((policy) =>
    policy
      .split(';')
      .filter((directive) => !/^\s*frame-ancestors(?![\w-])/i.test(directive))
      .join(';')
      .trim(),
  );
  return policies.filter((policy) => /[^\s;]/.test(policy)).join(', ');
}
