import { AwsClient } from 'aws4fetch';
import { DataError } from '../../data/error.js';
import { beyondLimit } from '../../data/size-limit.js';
import { MAX_OBJECT_BYTES, type Store } from './store.js';

/**
 * Objects of an S3 bucket. Credentials, region and endpoint come from the environment, by the names that Amazon's own
 * tools use: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_ENDPOINT_URL.
 */
export class S3Store implements Store {
  readonly url: string;
  readonly #client: AwsClient;
  /** The bucket's address, with a slash at the end. */
  readonly #bucket: URL;
  /** Of every key: empty, or with a slash at the end. */
  readonly #prefix: string;

  /** @param url s3://bucket/prefix */
  constructor(url: string) {
    if (!URL.canParse(url)) throw new DataError(`${url}: expected s3://bucket/prefix`);
    const { hostname, pathname } = new URL(url);
    if (!hostname) throw new DataError(`${url}: expected s3://bucket/prefix`);
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
    const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? 'us-east-1';
    if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY)
      throw new DataError(`${url}: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set`);
    this.url = url.replace(/\/+$/, '');
    this.#client = new AwsClient({
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
      service: 's3',
      region,
      retries: 5,
    });
    const endpoint =
      process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL ?? `https://s3.${region}.amazonaws.com`;
    this.#bucket = new URL(`${endpoint.replace(/\/+$/, '')}/${hostname}/`);
    const path = pathname.replace(/^\/+|\/+$/g, '');
    this.#prefix = path === '' ? '' : `${path}/`;
  }

  async read(name: string, maxBytes = MAX_OBJECT_BYTES): Promise<Uint8Array> {
    const response = await this.#send('GET', name);
    if (response.status === 404) throw new DataError(`${this.url}/${name}: no such object`);
    const length = Number(response.headers.get('content-length') ?? 0);
    if (length > maxBytes) {
      await response.body?.cancel();
      throw new DataError(`${this.url}/${name}: ${beyondLimit(length, maxBytes)}`);
    }
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (response.headers.has('content-length') && bytes.length !== length)
      throw new Error(`${this.url}/${name}: cut off after ${bytes.length} of ${length} bytes`);
    return bytes;
  }

  async size(name: string): Promise<number | undefined> {
    const response = await this.#send('HEAD', name);
    return response.status === 404 ? undefined : Number(response.headers.get('content-length') ?? 0);
  }

  async write(name: string, bytes: Uint8Array | string): Promise<void> {
    await this.#send('PUT', name, bytes as Uint8Array<ArrayBuffer> | string);
  }

  async remove(name: string): Promise<void> {
    await this.#send('DELETE', name);
  }

  async list(prefix: string): Promise<string[]> {
    const names: string[] = [];
    let token: string | undefined;
    do {
      const url = new URL(this.#bucket);
      url.searchParams.set('list-type', '2');
      url.searchParams.set('prefix', this.#prefix + prefix);
      if (token) url.searchParams.set('continuation-token', token);
      const text = await (await this.#request(url, { method: 'GET' }, prefix)).text();
      for (const [, key] of text.matchAll(/<Key>([^<]*)<\/Key>/g))
        names.push(unescapeXml(key!).slice(this.#prefix.length));
      token = /<NextContinuationToken>([^<]*)</.exec(text)?.[1];
      if (token) token = unescapeXml(token);
    } while (token);
    return names.sort();
  }

  #send(method: string, name: string, body?: Uint8Array<ArrayBuffer> | string): Promise<Response> {
    const key = (this.#prefix + name).split('/').map(encodeURIComponent).join('/');
    return this.#request(new URL(key, this.#bucket), { method, ...(body !== undefined && { body }) }, name);
  }

  /** @throws Error naming the object for every answer but success and, of what is looked for, "not found" */
  async #request(url: URL, init: RequestInit, name: string): Promise<Response> {
    const response = await this.#client.fetch(url, init).catch((error: Error) => {
      const { cause } = error as { cause?: { code?: string } };
      throw new Error(`${this.url}/${name}: cannot be reached (${cause?.code ?? error.message})`);
    });
    const mayBeMissing = init.method === 'HEAD' || (init.method === 'GET' && !url.search);
    if (response.ok || (response.status === 404 && mayBeMissing)) return response;
    const reason = /<Code>([^<]*)</.exec(await response.text())?.[1];
    throw new Error(`${this.url}/${name}: ${init.method} answered ${response.status} ${reason ?? ''}`.trim());
  }
}

function unescapeXml(text: string): string {
  const entities: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return text.replace(/&(?:(lt|gt|quot|apos|amp)|#(\d+));/g, (_, name: string, code: string) =>
    name ? entities[name]! : String.fromCodePoint(Number(code)),
  );
}
