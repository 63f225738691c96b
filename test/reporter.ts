import type { Reporter, SerializedError, TestCase, TestModule, TestSuite } from 'vitest/node';

/** What a run came to. `failed` also counts what kept tests from running: a file that does not load, a hook, a stray rejection. */
interface Tally {
  passed: number;
  failed: number;
  skipped: number;
  /** Suites and tests that were left out, as the outermost of each is called. */
  left: string[];
  /** Tests that failed and then passed, each with what it said first. */
  again: string[];
}

/** Nothing proved is a failure; where everything must run (CI) so is anything left out. */
function isFailure(tally: Tally, everythingMustRun: boolean): boolean {
  const { passed, failed, skipped } = tally;
  return failed > 0 || passed === 0 || (everythingMustRun && skipped > 0);
}

function closingLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

const wasLeftOut = (task: TestCase | TestSuite): boolean =>
  task.options.mode === 'skip' || task.options.mode === 'todo';

function outermost(test: TestCase): string {
  let task: TestCase | TestSuite = test;
  while (task.parent.type === 'suite' && wasLeftOut(task.parent)) task = task.parent;
  return `${task.module.relativeModuleId} > ${task.fullName}`;
}

/** What a test said when it failed that passed afterwards; `null` where it needed no second try. */
function firstError(test: TestCase): string | null {
  if ((test.diagnostic()?.retryCount ?? 0) === 0) return null;
  const [error] = test.result().errors ?? [];
  return error?.message.split('\n', 1)[0] ?? '';
}

function count(modules: readonly TestModule[], strays: number): Tally {
  const tally: Tally = { passed: 0, failed: strays, skipped: 0, left: [], again: [] };
  const left = new Set<string>();
  for (const module of modules) {
    if (module.errors().length > 0) tally.failed += 1;
    for (const suite of module.children.allSuites()) if (suite.errors().length > 0) tally.failed += 1;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'skipped') left.add(outermost(test));
      const error = state === 'passed' ? firstError(test) : null;
      if (error !== null) tally.again.push(`${outermost(test)}: ${error}`);
      // Pending at the end: the run was broken off, and nothing was proved.
      tally[state === 'pending' ? 'failed' : state] += 1;
    }
  }
  return { ...tally, left: [...left] };
}

/** Says on the very last line what the run came to, and makes the exit code agree with it. */
export class ClosingLine implements Reporter {
  readonly #everythingMustRun: boolean;
  /** Until a run has ended: one thing failed, namely the run. */
  #tally: Tally = { passed: 0, failed: 1, skipped: 0, left: [], again: [] };

  constructor(everythingMustRun: boolean) {
    this.#everythingMustRun = everythingMustRun;
  }

  onInit(): void {
    // At exit, since vitest itself still has things to say after its reporters.
    process.once('exit', (code) => {
      if (code === 0 && isFailure(this.#tally, this.#everythingMustRun)) process.exitCode = 1;
      for (const name of this.#tally.again) console.log(`passed only when tried again: ${name}`);
      for (const name of this.#tally.left) console.log(`skipped: ${name}`);
      if (this.#everythingMustRun && this.#tally.skipped > 0) console.log('Under CI a skipped test is a failure.');
      console.log(closingLine(this.#tally));
    });
  }

  onTestRunEnd(modules: readonly TestModule[], strays: readonly SerializedError[]): void {
    this.#tally = count(modules, strays.length);
  }
}
