import { request } from 'node:http';
import { loadConfig } from '../config/load.ts';
import { formatListen, type Listen } from '../config/schema/address.ts';
import { readArguments } from './arguments.ts';
import type { Command } from './command.ts';

const TIMEOUT_MS = 3000;

export const health: Command = {
  name: 'health',
  summary: 'Ask a running dashgate whether it is ready',
  usage: `Usage: dashgate health [--config FILE] [--KEY VALUE ...]

Asks /readyz on admin.listen of the configuration; for health checks of
containers. Exit code 0: ready; 1: not, or nobody answers.`,

  async run(args, io) {
    const { options, config: flags } = readArguments(args, { config: 'text' }, { takesConfig: true });
    const file = typeof options.config === 'string' ? options.config : undefined;
    const { config } = await loadConfig({ file, env: io.env, flags, cwd: io.cwd });
    const at = config.admin.listen;
    try {
      const { status, text } = await ask(at);
      if (status === 200) {
        io.out(text);
        return 0;
      }
      io.err(`dashgate: ${text}`);
    } catch {
      io.err(`dashgate: nobody answers on ${formatListen(at)}; is "dashgate serve" running with this configuration?\n`);
    }
    return 1;
  },
};

function ask(at: Readonly<Listen>): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const where = at.kind === 'unix' ? { socketPath: at.path } : { host: at.host, port: at.port };
  const asking = request({ ...where, path: '/readyz', timeout: TIMEOUT_MS }, (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (part: string) => {
      text = (text + part).slice(0, 1000);
    });
    response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    response.on('error', reject);
  });
  asking.on('timeout', () => asking.destroy(new Error('no answer in time')));
  asking.on('error', reject).end();
  return promise;
}
