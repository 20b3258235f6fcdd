import { DataError } from '../../../data/error.js';

/** The classes of BullMQ for one server, with the connection that they take. */
export interface Backend {
  Queue: typeof import('bullmq').Queue;
  Worker: typeof import('bullmq').Worker;
  FlowProducer: typeof import('bullmq').FlowProducer;
  WaitingChildrenError: typeof import('bullmq').WaitingChildrenError;
  UnrecoverableError: typeof import('bullmq').UnrecoverableError;
  connection: import('bullmq').ConnectionOptions;
}

/** Longest wait between attempts to reach the server again, in milliseconds. */
const LONGEST_RETRY_MS = 2000;

/**
 * BullMQ for redis://, rediss:// (Redis or Valkey) or postgres://.
 * @throws DataError for another address, and where the packages are not installed
 */
export async function openBackend(url: string): Promise<Backend> {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  const isPostgres = protocol === 'postgres:' || protocol === 'postgresql:';
  if (!isPostgres && protocol !== 'redis:' && protocol !== 'rediss:')
    throw new DataError(`--queue: given "${url}", expected redis://host:port or postgres://host/database`);
  const bullmq = await installed('bullmq', () => import('bullmq'));
  const { WaitingChildrenError, UnrecoverableError } = bullmq;
  if (isPostgres) {
    await installed('pg', () => import('pg' as string));
    const classes = bullmq.withBackend(bullmq.createPostgresBackend) as unknown as typeof bullmq;
    const { Queue, Worker, FlowProducer } = classes;
    const connection = { connectionString: url, migrate: true, schema: 'bullmq', max: 4 };
    return {
      ...{ Queue, Worker, FlowProducer, WaitingChildrenError, UnrecoverableError },
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
  return { Queue, Worker, FlowProducer, WaitingChildrenError, UnrecoverableError, connection };
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
 * What a Redis server should be told before it is trusted with runs, a line each. A server that does not answer such
 * questions, as a managed one may not, is taken as it is.
 * @throws Error when the server cannot be reached
 */
export async function adviceFor(url: string): Promise<string[]> {
  if (!url.startsWith('redis')) return [];
  const { Redis } = await import('ioredis');
  const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1, retryStrategy: () => null });
  // Without a listener, a refused connection is printed by the client as well.
  client.on('error', () => {});
  try {
    await client.connect().catch((error: Error) => {
      throw new Error(`--queue: ${redacted(url)} cannot be reached (${error.message})`);
    });
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

/** An address without its password. */
export function redacted(url: string): string {
  const shown = new URL(url);
  if (shown.password) shown.password = '***';
  return shown.href;
}
