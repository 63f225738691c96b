import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { mintConnectedToken } from './mint-connected-token.ts';

const APP = {
  clientId: '0f1e2d3c-0000-4000-8000-000000000001',
  secretId: 'aaaabbbb-0000-4000-8000-000000000002',
  secret: 'c2VjcmV0LXZhbHVlLTMyLWJ5dGVzLWxvbmctZm9yLWhtYWM=',
};
const ALICE = {
  sub: 'alice@example.com',
  scopes: ['tableau:content:read', 'tableau:workbooks:create'],
  expSec: 1_700_000_300,
};

const part = (token: string, index: number): string =>
  Buffer.from(token.split('.')[index] ?? '', 'base64url').toString();

describe('mintConnectedToken', () => {
  it('writes the very bytes that PyJWT does', async () => {
    const token = await mintConnectedToken(APP, { ...ALICE, jti: '11111111-2222-4333-8444-555555555555' });
    expect(part(token, 0)).toBe(
      '{"alg":"HS256","iss":"0f1e2d3c-0000-4000-8000-000000000001","kid":"aaaabbbb-0000-4000-8000-000000000002","typ":"JWT"}',
    );
    expect(part(token, 1)).toBe(
      '{"iss":"0f1e2d3c-0000-4000-8000-000000000001","sub":"alice@example.com","aud":"tableau","exp":1700000300,"jti":"11111111-2222-4333-8444-555555555555","scp":["tableau:content:read","tableau:workbooks:create"]}',
    );
    expect(token.split('.')[2]).toBe('hLCRfprCvtsPiow_EiKuXmkh19Z-vOl-PxudWSadN_g');
  });

  it('names each token anew', async () => {
    const [one, two] = await Promise.all([mintConnectedToken(APP, ALICE), mintConnectedToken(APP, ALICE)]);
    expect(decodeJwt(one).jti).not.toBe(decodeJwt(two).jti);
  });

  it('carries further claims behind its own', async () => {
    const more = { 'https://tableau.com/oda': 'true', 'https://tableau.com/groups': ['hr'] };
    expect(decodeJwt(await mintConnectedToken(APP, { ...ALICE, more }))).toMatchObject({ ...more, aud: 'tableau' });
  });

  it('lets no further claim take the place of its own', async () => {
    const token = await mintConnectedToken(APP, { ...ALICE, more: { sub: 'root', aud: 'elsewhere', exp: 9 } });
    expect(decodeJwt(token)).toMatchObject({ sub: ALICE.sub, aud: 'tableau', exp: ALICE.expSec });
  });
});
