/**
 * A server that breaks one rule: it stands before the real one and changes what passes. Who connects to it is whom the real one sees, for a
 * client that is somebody else gets a relay that runs as that one.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import type { Server } from 'node:net';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import type { Flag } from './flag.ts';
import { Link } from './link.ts';
import type { Peer } from './peer.ts';
import { peerOf } from './peer.ts';

export interface Misbehaving {
  close(): void;
}

const relay = join(import.meta.dirname, 'relay.ts');

/** A connection to the server behind as somebody else. */
function connectAs({ uid, gid, groups }: Peer, path: string): Duplex {
  const as = [`--reuid=${uid}`, `--regid=${gid}`, groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`];
  const child = spawn('setpriv', [...as, '--', process.execPath, '--disable-warning=ExperimentalWarning', relay, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const both = new Duplex({
    write: (bytes, _encoding, done) => void child.stdin.write(bytes, done),
    final: (done) => void child.stdin.end(done),
    read: () => void child.stdout.resume(),
    destroy(error, done) {
      child.kill('SIGKILL');
      done(error);
    },
  });
  child.stdin.on('error', () => both.destroy());
  child.stdout.on('data', (bytes: Buffer) => {
    if (!both.push(bytes)) child.stdout.pause();
  });
  child.stdout.on('end', () => both.push(null));
  return both;
}

/** Listens at `path` until it is closed; the real server is at `behind`. */
export function misbehave(flag: Flag, path: string, behind: string): Promise<Misbehaving> {
  const links = new Set<Duplex>();
  const server: Server = createServer({ allowHalfOpen: true }, (client) => {
    links.add(client);
    client.on('close', () => links.delete(client));
    const peer = peerOf(client);
    const isOurs = flag.trusts === true || peer.uid === process.getuid?.();
    new Link(flag, client, () => (isOurs ? connect({ path: behind, allowHalfOpen: true }) : connectAs(peer, behind)));
  });
  rmSync(path, { force: true });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path, readableAll: true, writableAll: true }, () =>
      resolve({
        close() {
          server.close();
          for (const client of links) client.destroy();
        },
      }),
    );
  });
}
