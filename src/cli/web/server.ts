import { createReadStream } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { pageFiles } from './files.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
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
  // What is not in this list is not served.
  const files = await pageFiles();
  const server = createServer(({ method, url }, response) => {
    if (method !== 'GET' && method !== 'HEAD') return refuse(response, 405);
    const file = files.get(url!.replace(/\?.*/, '').slice(1) || 'index.html');
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
