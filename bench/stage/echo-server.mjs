/** A dashboard that sends each message back: `node echo-server.mjs PORT`. */
import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ port: Number(process.argv[2]), host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (socket) => {
  socket.on('message', (message) => socket.send(message, { binary: false })).on('error', () => socket.terminate());
});
process.on('SIGTERM', () => process.exit(0));
