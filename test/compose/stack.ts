import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../support/free-port.ts';
import { program } from '../support/programs.ts';

const runFile = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

/** The services that keep running. */
export const SERVICES = ['nginx', 'dashgate', 'only', 'iam', 'tabs'] as const;

/** What `docker inspect` tells of a container, as far as the suite asks. */
export interface Container {
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[] | null;
    readonly SecurityOpt: readonly string[] | null;
    readonly Privileged: boolean;
  };
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>>;
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>;
  };
}

/** What a compose file describes, running under a project name and ports of its own. */
export interface Stack extends AsyncDisposable {
  readonly https: string;
  readonly http: string;
  /** `docker compose …` for this project. @returns what it printed to stdout. @throws with all that it printed */
  compose(...args: string[]): Promise<string>;
  /** Runs a command inside a service's container. */
  inside(service: string, ...command: string[]): Promise<string>;
  inspect(service: string): Promise<Container>;
}

/** Builds and starts everything, and waits until all of it is healthy. What was started is gone if that fails. */
export async function startStack(composeFile = 'docker-compose.yml'): Promise<Stack> {
  const [httpsPort, httpPort] = [await freePort(), await freePort()];
  const project = `dashgate-test-${process.pid}-${httpsPort}`;
  const env = { ...process.env, DASHGATE_HTTPS_PORT: `${httpsPort}`, DASHGATE_HTTP_PORT: `${httpPort}` };
  const docker = async (...args: string[]): Promise<string> => {
    const { stdout } = await runFile(program('docker'), args, { cwd: ROOT, env, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  };
  const compose = (...args: string[]): Promise<string> => docker('compose', '-p', project, '-f', composeFile, ...args);
  const end = async (): Promise<void> => {
    await compose('down', '--volumes', '--remove-orphans', '--rmi', 'local', '--timeout', '5');
  };
  try {
    await compose('up', '--build', '--detach', '--wait', '--wait-timeout', '180');
  } catch (error) {
    const logs = await compose('logs', '--no-color', '--tail', '50').catch(String);
    await end();
    throw new Error(`the stack does not come up:\n${logs}`, { cause: error });
  }
  return {
    https: `https://localhost:${httpsPort}`,
    http: `http://localhost:${httpPort}`,
    compose,
    inside: (service, ...command) => compose('exec', '-T', service, ...command),
    async inspect(service) {
      const [container]: Container[] = JSON.parse(await docker('inspect', (await compose('ps', '-q', service)).trim()));
      if (!container) throw new Error(`${service} has no container`);
      return container;
    },
    [Symbol.asyncDispose]: end,
  };
}
