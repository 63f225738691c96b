import { expect, it } from 'vitest';
import { tempDir } from '../../test/support/temp-dir.ts';
import { readMarks } from './marks.ts';

it('a provider has the mark of its type, or the picture that the operator gave', async () => {
  await using dir = await tempDir();
  const iconFile = await dir.write('acme.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>');
  const marks = await readMarks([
    { id: 'code', type: 'github', iconFile: null },
    { id: 'corp', type: 'oidc', iconFile },
  ]);
  const [picture] = marks.assets;
  expect(picture).toMatchObject({ contentType: 'image/svg+xml' });
  expect([...marks.of]).toEqual([
    ['code', { kind: 'drawn', type: 'github' }],
    ['corp', { kind: 'picture', asset: picture?.name }],
  ]);
});

it('what is no picture, or not there, is refused by its key', async () => {
  await using dir = await tempDir();
  const read = (iconFile: string) =>
    readMarks([
      { id: 'code', type: 'github', iconFile: null },
      { id: 'corp', type: 'oidc', iconFile },
    ]);
  await expect(read(dir.file('acme.svg'))).rejects.toThrow('providers[1].icon_file: cannot read');
  await expect(read(await dir.write('acme.txt', 'x'))).rejects.toThrow('providers[1].icon_file: ');
});
