import { describe, expect, it } from 'vitest';
import { CLIENT, connectedApp, mint, SECRET_ID, signRaw } from '../../../test/support/connected.ts';
import { openConnected } from '../../../test/support/open-connected.ts';

const NOW = 1_700_000_000;
const VECTOR_PAYLOAD = {
  iss: CLIENT,
  sub: 'alice@example.com',
  aud: 'tableau',
  exp: NOW + 300,
  jti: '11111111-2222-4333-8444-555555555555',
  scp: ['tableau:content:read', 'tableau:workbooks:create'],
};

describe('a token of a connected app', () => {
  it('as the sample of the vendor signs it is taken, byte for byte', async () => {
    const token = signRaw({ alg: 'HS256', iss: CLIENT, kid: SECRET_ID, typ: 'JWT' }, VECTOR_PAYLOAD);
    expect(token.split('.')[2]).toBe('hLCRfprCvtsPiow_EiKuXmkh19Z-vOl-PxudWSadN_g');
    using connected = await openConnected({
      apps: [connectedApp({ scopes: ['tableau:content:read', 'tableau:workbooks:create'] })],
      nowSec: NOW,
    });
    expect(await connected.read(token, 'rest')).toMatchObject({
      kind: 'vouched',
      client: CLIENT,
      jti: VECTOR_PAYLOAD.jti,
      ends: NOW + 300,
      scopes: VECTOR_PAYLOAD.scp,
      identity: { sub: `connected:${CLIENT}:alice@example.com`, allowedResources: [], scope: ['sales/_all_'] },
    });
  });

  it('is good once', async () => {
    using connected = await openConnected({ apps: [connectedApp()] });
    const token = mint();
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => connected.read(token, 'embed')));
    expect(answers.map(({ kind }) => kind).sort()).toEqual(['refused', 'refused', 'refused', 'refused', 'vouched']);
    expect(await connected.read(token, 'embed')).toMatchObject({ code: 10091 });
  });
});
