/**
 * Runs the tests in two processes, one for each of two cores; uvu alone runs all files one after the other. The first
 * prints as it goes, the second when it is done. Ends with 1 when a test of either failed.
 *
 *   node scripts/test.mjs
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Files of test/ that start commands and browsers, as many as take half of the time. */
const SECOND = '(cli/(?!train-asr)|web/)';

const uvu = (pattern, stdout) =>
  spawn(process.execPath, ['node_modules/uvu/bin.js', 'build/test', pattern], {
    stdio: ['ignore', stdout, 'inherit'],
    env: { FORCE_COLOR: process.stdout.isTTY ? '1' : '0', ...process.env },
  });
const first = uvu(`^(?!${SECOND}).*\\.test\\.js$`, 'inherit');
const second = uvu(`^${SECOND}.*\\.test\\.js$`, 'pipe');
const printed = [];
second.stdout.on('data', (chunk) => printed.push(chunk));
const [[firstCode], [secondCode]] = await Promise.all([once(first, 'close'), once(second, 'close')]);
process.stdout.write(Buffer.concat(printed));
process.exitCode = firstCode === 0 && secondCode === 0 ? 0 : 1;
