import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Gate, PASSWORDS, startGate } from '../support/gate.ts';
import { A, SEVERAL, SIGN_IN, signInAt } from '../support/several-hosts.ts';
import { createVisitor } from '../support/visitor.ts';

const MINUTES = 60_000;
const PAGE = `${A}/x?y=1`;
const FORM = `${SIGN_IN}/_dashgate/login?return_to=${encodeURIComponent(PAGE)}`;

describe('an app at a host of its own that asks for a new proof', () => {
  let gate: Gate;
  beforeEach(async () => {
    const [home, first, ...others] = SEVERAL.apps ?? [];
    const apps = [{ ...home }, { ...first, require: { max_age: '15m' } }, ...others];
    gate = await startGate({ ...SEVERAL, session: { idle_timeout: 'none' }, apps });
  });
  afterEach(() => gate[Symbol.asyncDispose]());
  const fields = { user: 'nora', password: PASSWORDS.nora, return_to: PAGE };

  it('leads to the form where people sign in, and back with the new one', async () => {
    const nora = createVisitor(gate);
    await signInAt(nora, 'nora', PAGE);
    gate.advance(20 * MINUTES);
    const { answer, way } = await nora.visit(PAGE);
    expect(way.at(-1)).toBe(FORM);
    expect(way.length).toBeLessThan(6);
    expect(answer.body).toContain('prove once more who you are');
    const back = await nora.visit(`${SIGN_IN}/_dashgate/login`, fields);
    expect([back.answer.status, back.way.at(-1)]).toEqual([200, PAGE]);
  });

  it('takes none that is too old from there', async () => {
    const nora = createVisitor(gate);
    await signInAt(nora, 'nora', `${SIGN_IN}/`);
    gate.advance(20 * MINUTES);
    const { way } = await nora.visit(PAGE);
    expect(way.at(-1)).toBe(FORM);
    expect(way.length).toBeLessThan(6);
  });

  it('takes one that is newer in place of its own, and asks nothing', async () => {
    const nora = createVisitor(gate);
    await signInAt(nora, 'nora', PAGE);
    gate.advance(20 * MINUTES);
    // As if only that host's cookies had been thrown away: the old session lives on at the app's.
    nora.jar.delete('dash.example.com');
    await signInAt(nora, 'nora', `${SIGN_IN}/`);
    const { answer, way } = await nora.visit(PAGE);
    expect([answer.status, way.at(-1)]).toEqual([200, PAGE]);
  });
});

it('who lacks a method there is asked for it once, and then refused, at whichever host', async () => {
  const [home, first, ...others] = SEVERAL.apps ?? [];
  const apps = [{ ...home }, { ...first, require: { amr: ['otp'] } }, ...others];
  await using gate = await startGate({ ...SEVERAL, session: { idle_timeout: 'none' }, apps });
  const nora = createVisitor(gate);
  const { answer, way } = await signInAt(nora, 'nora', PAGE);
  expect([answer.status, way.at(-1)]).toEqual([403, PAGE]);
  expect(answer.body).not.toContain('"x-dashgate-user"');
  // After a while another try may have more to say.
  gate.advance(2 * MINUTES);
  expect((await nora.visit(PAGE)).way.at(-1)).toBe(FORM);
});
