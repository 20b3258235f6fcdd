import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The command's program. */
export const MAIN = fileURLToPath(import.meta.resolve('#hw2/cli/main.js'));

/** An empty folder, which also stands in for the user's cache. */
export const folder = mkdtempSync(join(tmpdir(), 'hw2-cli-'));

/** The environment without colours. uvu sets FORCE_COLOR, and Node 24 warns of a process that has both. */
const { FORCE_COLOR: _, ...others } = process.env;
export const PLAIN: NodeJS.ProcessEnv = { ...others, NO_COLOR: '1' };

/** Runs hw2 as a user does, with nothing on standard input and no terminal. */
export function hw2(...args: string[]): { code: number | null; out: string; err: string } {
  const env = { ...PLAIN, HW2_DATA: folder };
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { env, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}
