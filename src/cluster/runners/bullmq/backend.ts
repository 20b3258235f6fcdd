import type { EventEmitter } from 'node:events';
import { DataError } from '../../../data/error.js';

/** The classes of BullMQ for one server, with the connection that they take. */
export interface Backend {
  Queue: typeof import('bullmq').Queue;
  Worker: typeof import('bullmq').Worker;
  FlowProducer: typeof import('bullmq').FlowProducer;
  WaitingChildrenError: typeof import('bullmq').WaitingChildrenError;
  WaitingError: typeof import('bullmq').WaitingError;
  UnrecoverableError: typeof import('bullmq').UnrecoverableError;
  connection: import('bullmq').ConnectionOptions;
}

/** What is used of the package pg, which brings no types. */
interface Pg {
  Client: new (options: {
    connectionString: string;
    connectionTimeoutMillis: number;
  }) => EventEmitter & { connect(): Promise<void>; end(): Promise<void> };
}

/** How long a PostgreSQL server may take to answer before a command says that it cannot be reached. */
const PATIENCE_MS = 10_000;
/** Longest wait between attempts to reach the server again, in milliseconds. */
const LONGEST_RETRY_MS = 2000;

/**
 * BullMQ for redis://, rediss:// (Redis or Valkey) or postgres://.
 * @throws DataError for another address, and where the packages are not installed
 */
export async function openBackend(url: string): Promise<Backend> {
  const isPostgres = kindOf(url) === 'postgres';
  const bullmq = await installed('bullmq', () => import('bullmq'));
  const { WaitingChildrenError, WaitingError, UnrecoverableError } = bullmq;
  const errors = { WaitingChildrenError, WaitingError, UnrecoverableError };
  if (isPostgres) {
    await installed('pg', () => import('pg' as string));
    const classes = bullmq.withBackend(bullmq.createPostgresBackend) as unknown as typeof bullmq;
    const { Queue, Worker, FlowProducer } = classes;
    const connection = { connectionString: url, migrate: true, schema: 'bullmq', max: 4 };
    return {
      ...{ Queue, Worker, FlowProducer, ...errors },
      connection: connection as unknown as Backend['connection'],
    };
  }
  await installed('ioredis', () => import('ioredis'));
  const { Queue, Worker, FlowProducer } = bullmq;
  const connection = {
    url,
    // BullMQ waits for its server for as long as it takes.
    maxRetriesPerRequest: null,
    retryStrategy: (attempt: number) => Math.min(50 * 2 ** attempt, LONGEST_RETRY_MS),
  };
  return { Queue, Worker, FlowProducer, ...errors, connection };
}

/** @throws DataError for an address of neither */
function kindOf(url: string): 'redis' | 'postgres' {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol === 'redis:' || protocol === 'rediss:') return 'redis';
  if (protocol === 'postgres:' || protocol === 'postgresql:') return 'postgres';
  throw new DataError(
    `--queue: given "${redacted(url)}", expected redis://host:port or postgres://host/database`,
  );
}

async function installed<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new DataError(
      `--queue needs the package ${name}: npm install bullmq ioredis (Redis, Valkey) or bullmq pg (PostgreSQL)`,
    );
  }
}

/**
 * Looks whether a server can be reached: BullMQ would wait for it for as long as it takes. A Redis server is asked, too,
 * how it is set.
 *
 * @returns what a Redis server should be told before it is trusted with runs, a line each; one that does not answer such
 *   questions, as a managed one may not, is taken as it is
 * @throws Error when the server cannot be reached
 */
export async function adviceFor(url: string): Promise<string[]> {
  if (kindOf(url) === 'postgres') {
    const { default: pg } = await installed<{ default: Pg }>('pg', () => import('pg' as string));
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: PATIENCE_MS });
    client.on('error', () => {});
    await client.connect().catch((error) => fail(url, error));
    await client.end();
    return [];
  }
  const { Redis } = await installed('ioredis', () => import('ioredis'));
  const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1, retryStrategy: () => null });
  // Of why there is no connection only the event tells; what was waited for says no more than that it was closed.
  let cause: Error | undefined;
  client.on('error', (error) => {
    cause ??= error;
  });
  try {
    await client.connect().catch((error) => fail(url, cause ?? error));
    const setting = async (name: string) =>
      ((await client.config('GET', name).catch(() => [])) as string[])[1] as string | undefined;
    const advice: string[] = [];
    const policy = await setting('maxmemory-policy');
    if (policy !== undefined && policy !== 'noeviction')
      advice.push(
        `Redis may drop jobs when its memory is full: set maxmemory-policy to noeviction (now ${policy})`,
      );
    if ((await setting('appendonly')) === 'no' && (await setting('save')) === '')
      advice.push('Redis keeps nothing on disk: set appendonly to yes, or a restart loses the queue');
    const { hostname, password } = new URL(url);
    const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
    if (!isLoopback && !password) advice.push('Redis is used without a password off this machine');
    return advice;
  } finally {
    client.disconnect();
  }
}

function fail(url: string, { message, code = '' }: NodeJS.ErrnoException): never {
  // A name with several addresses fails with all of their errors, and no message of its own.
  const cause = message || code;
  const advice = UNTRUSTED.includes(code)
    ? '; NODE_EXTRA_CA_CERTS=FILE.pem trusts the certificates in a file'
    : code === 'ECONNRESET' && url.startsWith('redis:')
      ? '; a server that speaks TLS is rediss://'
      : '';
  throw new Error(`--queue: ${redacted(url)} cannot be reached (${cause}${advice})`);
}

/** What OpenSSL calls certificates that nobody vouches for whom this machine knows. */
const UNTRUSTED = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

/** An address without its password. */
export function redacted(url: string): string {
  if (!URL.canParse(url)) return url;
  const shown = new URL(url);
  if (shown.password) shown.password = '***';
  return shown.href;
}
