import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/schema/config.ts';
import type { Rejudge } from '../connections/open-connections.ts';
import { ConfigInvalid } from '../errors.ts';
import type { GateParts } from '../gate/parts.ts';
import { createGate, type Gate } from '../gate.ts';
import { errorFields } from '../telemetry/log.ts';

/** The gate of the configuration that is in force, and those before it that still have something open. */
export interface Gates {
  current(): Gate;
  /** Takes over the rules, apps and texts of a new configuration. Throws ConfigInvalid: then the old ones stay. */
  replace(next: Config): Promise<void>;
  close(): Promise<void>;
}

/** @param judgeBy - told of the rules that hold from now on for what is open */
export async function openGates(config: Config, parts: GateParts, judgeBy: (rejudge: Rejudge) => void): Promise<Gates> {
  const { log } = parts;
  let gate = await createGate(config, parts);
  const retiring = new Set<Promise<void>>();
  let underWay: Promise<void> = Promise.resolve();

  const replace = async (next: Config): Promise<void> => {
    if (next.server.publicUrl.origin !== config.server.publicUrl.origin) {
      throw new ConfigInvalid('server.public_url: cookies and apps hang on it; restart dashgate to change it');
    }
    const fixed = ['server', 'admin', 'state', 'session', 'directories', 'log'] as const;
    const changed = fixed.filter((key) => !isDeepStrictEqual(config[key], next[key]));
    if (changed.length > 0)
      log.warn('these keys of the configuration take effect at the next start', { keys: changed });
    const old = gate;
    const { server, admin, state, session, directories, log: logging } = config;
    gate = await createGate({ ...next, server, admin, state, session, directories, log: logging }, parts);
    judgeBy(gate.rejudge);
    // What is open there may take its time; nobody waits for it but the end.
    const retired = old.retire().catch((error: unknown) => {
      log.error('connections of the old configuration could not be closed', errorFields(error));
    });
    retiring.add(retired);
    void retired.then(() => retiring.delete(retired));
  };

  return {
    current: () => gate,
    replace(next) {
      // One after the other, so that the newest version is the one that stays.
      const done = underWay.then(() => replace(next));
      underWay = done.catch(() => {});
      return done;
    },
    async close() {
      gate.close();
      await Promise.all(retiring);
    },
  };
}
