/** A run by a Redis server that is reached by TLS alone, with a certificate of its own. Needs openssl. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hw2, outputsOf, RedisServer, startWorker, succeed, temporaryFolder } from './servers.js';

test('TLS: a certificate of its own is refused in one line, and trusted when it is given', async () => {
  const store = temporaryFolder('tls');
  const [certificate, key] = [join(store, 'certificate.pem'), join(store, 'key.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost'],
      ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate],
    ],
    { stdio: 'ignore' },
  );
  const redis = await RedisServer.start({ certificate, key });
  const run = (name: string) => ['cluster', 'run', 'attention', '--store', store, '--run', name];
  try {
    const { code, stderr } = await hw2('cluster', 'status', '--queue', redis.url);
    assert.is(code, 1);
    assert.match(
      stderr,
      /^error: --queue: rediss:.* cannot be reached \(self.signed certificate; NODE_EXTRA_CA_CERTS/m,
    );
    const plain = await hw2('cluster', 'status', '--queue', redis.url.replace('rediss', 'redis'));
    assert.match(plain.stderr, 'a server that speaks TLS is rediss://');
    const trusting = { NODE_EXTRA_CA_CERTS: certificate };
    await succeed(['shard', '--random', '--L', '3000', '--D', '16', '--shard', '500', '--store', store]);
    const worker = await startWorker(redis.url, trusting);
    await succeed([...run('queue'), '--queue', redis.url], trusting);
    worker.child.kill('SIGKILL');
    await succeed(run('local'));
    assert.equal(outputsOf(store, 'queue'), outputsOf(store, 'local'));
  } finally {
    await redis.stop();
    rmSync(store, { recursive: true, force: true });
  }
});

test.run();
