import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Stage, stageSections } from '../support/dash-sections/stage.ts';
import { needs } from '../support/needs.ts';
import { dashgate } from './command.ts';

const SECTIONS = { shared: ['hr-hotline'], values: ['search.value'], routes: { '/people': 'hr' } };

needs('python')('what a person can ask about sections', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await stageSections('app:server', SECTIONS);
  });
  afterAll(() => stage[Symbol.asyncDispose]());
  const run = (...args: string[]) => dashgate(args, { cwd: stage.gate.dir.path });

  it('explain says what mike sees and what not, and lists the opt-outs', async () => {
    const { code, stdout } = await run('explain', '--app', 'sales', '--user', 'Mike');
    expect(code).toBe(0);
    const lines = stdout.split('\n').map((line) => line.trim());
    expect(lines).toEqual(
      expect.arrayContaining([
        'mike in sales',
        'grants      marketing',
        'sections    sees marketing; not hr',
        '+ marketing-plot',
        '- hr-plot',
        '+ search',
        '+ found.children',
        '- hr-note.children',
        '- /hr',
        '- /people',
        '+ /marketing',
        'shared ids            hr-hotline',
        'free values           search.value',
        'route map             /people is hr',
      ]),
    );
    expect(stdout).not.toContain('CANARY');
  });

  it('explain takes a request through the guard of the sections, as it would go', async () => {
    const refused = await run('explain', '--user', 'mike', `${stage.gate.origin}/hr`);
    expect([refused.code, refused.stdout]).toEqual([
      1,
      expect.stringMatching(/^refused: section-not-granted \(hr\)\n/),
    ]);
    const allowed = await run('explain', '--user', 'mike', `${stage.gate.origin}/marketing`);
    expect([allowed.code, allowed.stdout]).toEqual([0, expect.stringContaining('what it answers is filtered')]);
    const closed = await run('explain', '--user', 'mike', 'PUT', `${stage.gate.origin}/x`);
    expect([closed.code, closed.stdout]).toEqual([1, expect.stringMatching(/^refused: section-not-granted\n/)]);
  });

  it('explain says of mica that nothing is filtered, and of nobody that there is no such user', async () => {
    expect((await run('explain', '--app', 'sales', '--user', 'mica')).stdout).toContain('everything, unfiltered');
    expect(await run('explain', '--app', 'sales', '--user', 'zoe')).toMatchObject({ code: 1, stdout: '' });
    expect(await run('explain', '--app', 'nowhere', '--user', 'mike')).toMatchObject({ code: 2, stdout: '' });
  });

  it('check asks the running app, and names ids of no section and text that no id protects, with advice', async () => {
    const { code, stdout } = await run('check', '--app', 'sales');
    expect(code).toBe(0);
    expect(stdout).toMatch(/ids that begin with home belong to no section .* add home to sections.names/);
    expect(stdout).toMatch(/the text "HR CANARY-hr-8d1f" names a section, and no id protects it/);
    expect(stdout).toMatch(/the callback found.children is everybody’s/);
    expect(stdout).not.toMatch(/the callback hr-note/);
  });
});
