import type { ProviderConfig } from '../../config/schema/config.ts';
import { textAt } from '../../lib/at.ts';
import { markOf } from '../../lib/provider-mark.ts';
import { MARKS } from '../claims.ts';
import { createCodeFlow } from '../code-flow.ts';
import type { ProviderParts } from '../kind.ts';

import type { Provider } from '../provider.ts';

type GoogleConfig = Extract<ProviderConfig, { readonly type: 'google' }>;

/** Google. `hd` on the way there only chooses what is shown; that of the ID token counts. */
export function open(config: GoogleConfig, parts: ProviderParts): Provider {
  const [one, ...others] = config.hostedDomains;
  return createCodeFlow({
    ...parts,
    config,
    flavour: {
      server: { discoveredAt: config.issuer },
      hasIdToken: true,
      ...(one !== undefined && { authorizeParams: { hd: others.length > 0 ? '*' : one } }),
      claims(said) {
        const domain = textAt(said, 'hd');
        return { ...said, [MARKS]: domain === null ? [] : [markOf('hd', domain)] };
      },
    },
  });
}
