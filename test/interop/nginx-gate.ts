import { createDashgate } from '../../src/app.ts';
import type { Config } from '../../src/config/schema/config.ts';
import type { Log } from '../../src/telemetry/log.ts';

/** The real service, as `serve` starts it. */
export async function startRealGate(config: Config): Promise<AsyncDisposable> {
  const gate = await createDashgate(config, { log: silent });
  return { [Symbol.asyncDispose]: () => gate.close() };
}

const ignore = (): void => {};
const silent: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore, audit: ignore };
