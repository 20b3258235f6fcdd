import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../web', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.wav': 'audio/wav',
};

const HEADERS = {
  // Shared memory is for pages that are isolated from other origins.
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-cache',
};

/**
 * Serves the built page for as long as the process lives.
 *
 * @param port 0 for any that is free
 * @returns its address
 * @throws Error when it cannot listen there
 */
export async function servePage(host: string, port: number): Promise<string> {
  const files = await listFiles();
  const server = createServer(({ method, url }, response) => {
    if (method !== 'GET' && method !== 'HEAD') return refuse(response, 405);
    const file = files.get(url!.replace(/\?.*/, ''));
    if (file === undefined) return refuse(response, 404);
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { ...HEADERS, 'Content-Type': type });
    if (method === 'HEAD') response.end();
    else
      createReadStream(file)
        .on('error', () => response.destroy())
        .pipe(response);
  });
  await listen(server, host, port);
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return `http://${shownHost}:${(server.address() as AddressInfo).port}/`;
}

/** Paths of files by the paths of addresses: what is not in this list is not served. */
async function listFiles(): Promise<Map<string, string>> {
  const names = await readdir(FOLDER, { recursive: true });
  const files = names.filter((name) => extname(name) !== '');
  const paths = files.map((name): [string, string] => [`/${name.split(sep).join('/')}`, join(FOLDER, name)]);
  return new Map([...paths, ['/', join(FOLDER, 'index.html')]]);
}

function refuse(response: ServerResponse, status: 404 | 405): void {
  response.writeHead(status, { 'Content-Type': 'text/plain' });
  response.end(status === 404 ? 'not found\n' : 'GET and HEAD only\n');
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      const taken = `port ${port} is taken; choose another with --port`;
      reject(new Error(code === 'EADDRINUSE' ? taken : `cannot listen at ${host}:${port}: ${message}`));
    });
    server.listen(port, host, resolve);
  });
}
