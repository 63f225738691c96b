import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/reporter.ts';

const { CI } = process.env;
const isCi = CI !== undefined && CI !== '' && CI !== '0' && CI !== 'false';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: ['test/support/no-network.ts'],
    // Many files start nginx, gunicorn or a browser: two at once is what a machine with two cores carries.
    maxWorkers: 2,
    // A machine that does a hundred things at once may starve a real program; whatever needed it is named at the end.
    retry: isCi ? 1 : 0,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 10_000,
    unstubEnvs: true,
    unstubGlobals: true,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    reporters: ['default', new ClosingLine(isCi)],
  },
});
