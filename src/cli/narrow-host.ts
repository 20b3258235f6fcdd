import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { SIGNALS } from '../data/temporary.js';

/** Lets V8 check bounds by instructions instead of reserving 10 GiB of addresses around every WebAssembly memory. */
const FLAG = '--disable-wasm-trap-handler';

/**
 * Where the address space is limited (`ulimit -v`, as shared machines do), Node 20 and 22 can have no WebAssembly memory
 * unless they were started with a flag. Then the same command is run in a process that has it, and this one ends as that
 * one does.
 *
 * @returns whether that was done; else the command is still to be run
 */
export async function ranWithFlag(): Promise<boolean> {
  if (!isNarrow()) return false;
  const child = spawn(process.execPath, [FLAG, ...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
  });
  // A terminal sends Ctrl-C to both; what it means is for the child to say.
  const forward = (signal: NodeJS.Signals) => signal !== 'SIGINT' && child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, forward);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (...end) => resolve(end));
  });
  for (const signal of SIGNALS) process.removeListener(signal, forward);
  if (signal) process.kill(process.pid, signal);
  process.exitCode = code ?? 1;
  return true;
}

function isNarrow(): boolean {
  if (
    process.platform !== 'linux' ||
    [...process.execArgv, process.env.NODE_OPTIONS].join(' ').includes(FLAG)
  )
    return false;
  try {
    if (/^Max address space +unlimited/m.test(readFileSync('/proc/self/limits', 'utf8'))) return false;
  } catch {
    return false;
  }
  try {
    new WebAssembly.Memory({ initial: 1 });
    return false;
  } catch {
    return true;
  }
}
