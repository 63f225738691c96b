/** What node:http alone can do: `node bare-server.mjs PORT|SOCKET` answers 204 to everything. */
import { createServer } from 'node:http';

const [, , at = '0'] = process.argv;
const server = createServer((_request, response) => {
  response.writeHead(204).end();
});
server.keepAliveTimeout = 75_000;
server.listen(/^\d+$/.test(at) ? { port: Number(at), host: '127.0.0.1' } : { path: at });
process.on('SIGTERM', () => process.exit(0));
