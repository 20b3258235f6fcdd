import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The command's program. */
export const MAIN = fileURLToPath(import.meta.resolve('#hw2/cli/main.js'));

/** An empty folder, which also stands in for the user's cache. */
export const folder = mkdtempSync(join(tmpdir(), 'hw2-cli-'));

/** Runs hw2 as a user does, with nothing on standard input and no terminal. */
export function hw2(...args: string[]): { code: number | null; out: string; err: string } {
  const env = { ...process.env, HW2_DATA: folder, NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { env, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}
