import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { BerWriter } from 'ldapts';
import { afterEach, describe, expect, it } from 'vitest';
import { createLdapDirectory, type LdapDirectory } from '../../src/directories/ldap/ldap.ts';
import { DirectoryUnavailable, HalfAnswered } from '../../src/errors.ts';
import { ldapConfig } from '../support/ldap-people.ts';
import { needs } from '../support/needs.ts';
import { program } from '../support/programs.ts';
import { tempDir } from '../support/temp-dir.ts';

/** Answers each chunk that comes; none of these servers needs to understand what it is asked. */
type Liar = (request: { id: number; op: number; bytes: Buffer }, socket: Socket) => Buffer | null;

const OP = { bind: 0x60, search: 0x63, extended: 0x77 };

const message = (id: number, op: number, fill: (writer: BerWriter) => void): Buffer => {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(op);
  fill(writer);
  writer.endSequence();
  writer.endSequence();
  return Buffer.from(writer.buffer);
};
const result = (id: number, op: number, code: number): Buffer =>
  message(id, op, (writer) => {
    writer.writeEnumeration(code);
    writer.writeString('');
    writer.writeString('');
  });
const bound = (id: number, code = 0): Buffer => result(id, 0x61, code);
const done = (id: number): Buffer => result(id, 0x65, 0);
const entry = (id: number, dn = 'uid=mica,dc=example,dc=com', padding = 0): Buffer =>
  message(id, 0x64, (writer) => {
    writer.writeString(dn);
    writer.startSequence();
    const attributes = { entryUUID: '00000000-0000-4000-8000-000000000001', uid: 'mica', cn: 'x'.repeat(padding) };
    for (const [name, value] of Object.entries(attributes)) {
      writer.startSequence();
      writer.writeString(name);
      writer.startSequence(0x31);
      writer.writeString(value);
      writer.endSequence();
      writer.endSequence();
    }
    writer.endSequence();
  });

/** As an honest server would: mica is there, and every bind is refused but the service's. */
const honest: Liar = ({ id, op, bytes }) => {
  if (op === OP.search) return bytes.includes('mica') ? Buffer.concat([entry(id), done(id)]) : done(id);
  return bound(id, bytes.includes('cn=dashgate') ? 0 : 49);
};

describe('a directory server that lies', () => {
  const servers = new Set<Server>();
  const sockets = new Set<Socket>();
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) {
      server.close();
      await once(server, 'close');
    }
    servers.clear();
    sockets.clear();
  });

  const lie = async (liar: Liar, accept: (socket: Socket) => void = () => {}): Promise<number> => {
    const server = createServer((socket) => {
      sockets.add(socket);
      accept(socket);
      socket.on('error', () => {});
      socket.on('data', (bytes: Buffer) => {
        // Behind a length of one byte, or of two.
        const at = bytes[1] === 0x81 ? 5 : 4;
        const [id = 0, op = 0] = bytes.subarray(at);
        const answer = liar({ id, op, bytes }, socket);
        if (answer) socket.write(answer);
      });
    });
    servers.add(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const ask = async <T>(port: number, question: (directory: LdapDirectory) => Promise<T>, more = {}): Promise<T> => {
    const config = ldapConfig({ url: `ldap://127.0.0.1:${port}`, timeout: '400ms', group_base_dn: undefined, ...more });
    const directory = createLdapDirectory(config, {
      source: 'ldap',
      clock: { nowMs: () => Date.now() },
      warn: () => {},
    });
    try {
      return await question(directory);
    } finally {
      directory.close();
    }
  };

  it('is believed while it does not: the servers below differ from this one in one thing', async () => {
    const port = await lie((request) =>
      request.bytes.includes('right') ? bound(request.id) : honest(request, null as never),
    );
    await ask(port, async (directory) => {
      expect(await directory.verify('mica', 'right')).toMatchObject({ kind: 'right', person: { user: 'mica' } });
      expect(await directory.verify('mica', 'x')).toMatchObject({ kind: 'wrong', reason: 'bad-password' });
      expect(await directory.verify('nobody', 'x')).toMatchObject({ kind: 'wrong', reason: 'unknown-user' });
    });
  });

  /** Says this in place of the answer to the user's own bind. */
  const atTheDoor =
    (say: (id: number, socket: Socket) => Buffer | null): Liar =>
    (request, socket) =>
      request.op === OP.bind && !request.bytes.includes('cn=dashgate')
        ? say(request.id, socket)
        : honest(request, socket);
  /** Says this in place of the answer to the search. */
  const atTheSearch =
    (say: (id: number, socket: Socket) => Buffer | null): Liar =>
    (request, socket) =>
      request.op === OP.search ? say(request.id, socket) : honest(request, socket);

  const drip: Liar = (_request, socket) => {
    const timer = setInterval(() => socket.write('\x30'), 50);
    socket.once('close', () => clearInterval(timer));
    return null;
  };
  const hangUp: Liar = (_request, socket) => {
    socket.destroy();
    return null;
  };
  const closeHalf = (socket: Socket): null => {
    socket.end();
    return null;
  };

  it.each<[string, Liar]>([
    ['never answers', () => null],
    ['never answers the password', atTheDoor(() => null)],
    ['never ends its search', atTheSearch((id) => entry(id))],
    ['answers a byte at a time', drip],
    ['hangs up', hangUp],
    ['closes its half', (_request, socket) => closeHalf(socket)],
    ['closes its half at the password', atTheDoor((_id, socket) => closeHalf(socket))],
    ['speaks HTTP', () => Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')],
    ['sends garbage', () => Buffer.from('30840000000a02', 'hex')],
    ['sends an endless message', () => Buffer.from([0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 2, 1, 1])],
    [
      'sends an endless number of entries',
      atTheSearch((id) => Buffer.concat(Array.from({ length: 60 }, () => entry(id, 'uid=a', 90_000)))),
    ],
    [
      'sends more entries than were asked for',
      atTheSearch((id) => Buffer.concat([entry(id), entry(id), entry(id), done(id)])),
    ],
    [
      'sends an entry whose end is not there',
      atTheSearch((id) => Buffer.from([0x30, 0x0b, 2, 1, id, 0x64, 6, 4, 2, 0x61, 0x3d, 0x30, 0x7f])),
    ],
    [
      'sends an entry that stops after its name',
      atTheSearch((id) => Buffer.from([0x30, 9, 2, 1, id, 0x64, 4, 4, 2, 0x61, 0x3d])),
    ],
    ['answers a bind without a result', atTheDoor((id) => Buffer.from([0x30, 5, 2, 1, id, 0x61, 0]))],
    ['answers a bind with the end of a search', atTheDoor((id) => done(id))],
    ['answers a bind with an extended result', atTheDoor((id) => result(id, 0x78, 0))],
    ['answers another request', atTheDoor((id) => bound(id + 1))],
    ['says goodbye', atTheDoor(() => result(0, 0x78, 52))],
    ['is busy', atTheDoor((id) => bound(id, 51))],
    ['refers to another server', atTheDoor((id) => bound(id, 10))],
    ['asks for SASL', atTheDoor((id) => bound(id, 14))],
    ['wants TLS', atTheDoor((id) => bound(id, 13))],
    ['names an entry that is none', atTheSearch((id) => Buffer.concat([entry(id, 'EXTERNAL'), done(id)]))],
    ['names the empty entry', atTheSearch((id) => Buffer.concat([entry(id, ''), done(id)]))],
  ])('that %s, lets nobody in: it is down', async (_what, liar) => {
    const port = await lie(liar);
    const beganMs = performance.now();
    await expect(ask(port, (directory) => directory.verify('mica', 'x'))).rejects.toBeInstanceOf(DirectoryUnavailable);
    expect(performance.now() - beganMs).toBeLessThan(2000);
  });

  it.each<[string, Liar, boolean]>([
    ['never answers a password', atTheDoor(() => null), true],
    ['breaks off at a password', atTheDoor((_id, socket) => closeHalf(socket)), true],
    ['is busy at a password', atTheDoor((id) => bound(id, 51)), true],
    ['never answers a search', atTheSearch(() => null), false],
    ['never answers', () => null, false],
  ])('that %s, has or has not looked at it', async (_what, liar, hasLooked) => {
    const port = await lie(liar);
    for (const user of ['mica', 'nobody']) {
      const error: unknown = await ask(port, (directory) => directory.verify(user, 'x')).catch((thrown) => thrown);
      expect([user, error instanceof HalfAnswered]).toEqual([user, hasLooked]);
    }
  });

  it('that stops at a limit of its own, has not said that there is only one', async () => {
    const port = await lie(atTheSearch((id) => Buffer.concat([entry(id), result(id, 0x65, 4)])));
    expect(await ask(port, (directory) => directory.verify('mica', 'x'))).toMatchObject({ reason: 'unknown-user' });
  });

  it('that answers ahead, is not believed at the next question', async () => {
    const port = await lie(atTheDoor((id) => Buffer.concat([bound(id, 49), bound(id + 1)])));
    await ask(port, async (directory) => {
      expect(await directory.verify('mica', 'x')).toMatchObject({ kind: 'wrong' });
      expect(await directory.verify('mica', 'x')).toMatchObject({ kind: 'wrong' });
    });
  });

  it('that finds two for one name, lets neither in', async () => {
    const port = await lie(atTheSearch((id) => Buffer.concat([entry(id), entry(id, 'uid=mike,dc=example'), done(id)])));
    expect(await ask(port, (directory) => directory.verify('mica', 'x'))).toMatchObject({
      kind: 'wrong',
      reason: 'unknown-user',
    });
  });

  it("that says yes to everybody, is found out by a name that is nobody's", async () => {
    const port = await lie((request, socket) => (request.op === OP.bind ? bound(request.id) : honest(request, socket)));
    await expect(ask(port, (directory) => directory.verify('nobody', 'x'))).rejects.toThrow('lets in whoever asks');
  });

  it('that finds another person than was asked for, does not have that person', async () => {
    const port = await lie((request, socket) =>
      request.op === OP.search ? Buffer.concat([entry(request.id), done(request.id)]) : honest(request, socket),
    );
    const sub = 'ldap:00000000-0000-4000-8000-000000000002';
    expect(await ask(port, (directory) => directory.lookUp(sub))).toBeNull();
  });

  it('does not keep others waiting for ever: beyond the pool they are refused in time', async () => {
    const open = new Set<Socket>();
    let most = 0;
    const port = await lie(
      () => null,
      (socket) => {
        most = Math.max(most, open.add(socket).size);
        // Whoever waited a little longer may take the place of one that was given up.
        for (const event of ['end', 'error', 'close'] as const) socket.on(event, () => open.delete(socket));
      },
    );
    await ask(
      port,
      async (directory) => {
        const found = await Promise.allSettled(Array.from({ length: 20 }, () => directory.verify('mica', 'x')));
        expect(found.every((each) => each.status === 'rejected' && each.reason instanceof DirectoryUnavailable)).toBe(
          true,
        );
      },
      { pool_size: 2 },
    );
    expect(most).toBe(2);
  });
});

needs('openssl')('somebody between us and a directory that speaks StartTLS', () => {
  it('puts no answer of their own behind the last plain one', async () => {
    await using dir = await tempDir();
    const [cert, key] = [dir.file('cert.pem'), dir.file('key.pem')];
    const how = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert];
    execFileSync(program('openssl'), [...how, ...names], { stdio: 'ignore' });
    const pem = { cert: readFileSync(cert), key: readFileSync(key) };
    let isInjected = false;
    let binds = 0;
    const server = createServer((plain) => {
      plain.on('error', () => {});
      plain.once('data', (bytes: Buffer) => {
        // The head of a bind's success that takes the true answer for its tail.
        const head = isInjected
          ? Buffer.from([0x30, 0x1a, 2, 1, 1, 0x61, 0x15, 0x0a, 1, 0, 4, 0, 4, 0x0e])
          : Buffer.alloc(0);
        plain.write(Buffer.concat([result(bytes[4] ?? 0, 0x78, 0), head]));
        const secure = new TLSSocket(plain, { isServer: true, ...pem });
        secure.on('error', () => {});
        secure.on('data', (request: Buffer) => {
          if (request[5] !== OP.bind) return;
          binds += 1;
          secure.write(bound(request[4] ?? 0, 49));
        });
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const config = ldapConfig({ url: `ldap://localhost:${port}`, start_tls: true, ca_file: cert, timeout: '1s' });
    const directory = createLdapDirectory(config, {
      source: 'ldap',
      clock: { nowMs: () => Date.now() },
      warn: () => {},
    });
    await expect(directory.probe()).rejects.toThrow('refuses bind_dn');
    expect(binds).toBe(1);
    isInjected = true;
    await expect(directory.probe()).rejects.toThrow('behind its answer to StartTLS');
    expect(binds).toBe(1);
    directory.close();
    server.close();
  });
});
