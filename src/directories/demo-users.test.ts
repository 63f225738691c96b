import { describe, expect, it } from 'vitest';
import { createDemoDirectory } from './demo-users.ts';
import { createHashQueue } from './hash/queue.ts';

describe('the demo’s users', () => {
  it('are mica, who may see all, and mike, who may see marketing', async () => {
    const directory = await createDemoDirectory(createHashQueue());
    await expect(directory.verify('mica', '1234')).resolves.toMatchObject({
      kind: 'right',
      person: { sub: 'demo:mica', allowedResources: ['_all_'] },
    });
    await expect(directory.verify('mike', '1234')).resolves.toMatchObject({ kind: 'wrong' });
    expect(directory.current('demo:mike')).toMatchObject({ allowedResources: ['marketing'] });
  });
});
