/**
 * What the engine asks of its host. It runs in pages, workers, Node, Deno, Bun and bundles of all of these, so it looks
 * at run time for what there is. No import names a module of Node's: a bundler for pages would follow it.
 */

/** A module of Node's, also where Deno and Bun offer it; nothing elsewhere, and in Node before 20.16. */
export const builtin: typeof process.getBuiltinModule = (name: string) =>
  (globalThis.process as Partial<NodeJS.Process> | undefined)?.getBuiltinModule?.(name);

/**
 * How many threads can compute at once on this machine.
 *
 * @example
 * const engine = await createEngine({ threads: cores() });
 */
export function cores(): number {
  return builtin('node:os')?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

/**
 * Bytes of addresses that this process may still take where they are limited (`ulimit -v`) and where that can be read: in
 * Node on Linux. Deno would ask its user for a permission.
 */
export function addressesLeft(): number {
  const fs = 'Deno' in globalThis ? undefined : builtin('node:fs');
  const read = (file: string, line: RegExp) =>
    Number(line.exec(fs?.readFileSync(`/proc/self/${file}`, 'utf8') ?? '')?.[1] ?? Number.NaN);
  try {
    const left = read('limits', /^Max address space +(\d+)/m) - 1024 * read('status', /^VmSize:\s*(\d+)/m);
    return Number.isNaN(left) ? Number.POSITIVE_INFINITY : left;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** The V8 that a flag came with: one that does not know it prints a complaint. */
const FLAG_SINCE: Readonly<Record<string, number>> = { '--experimental-wasm-revectorize': 12 };

/**
 * Sets a V8 flag for the whole process; it must happen before the WebAssembly that needs it is compiled.
 * @throws Error where flags cannot be set.
 */
export function setEngineFlag(flag: string): void {
  const v8 = builtin('node:v8');
  if (!v8) throw new Error(`${flag}: flags can be set in Node from 20.16 on, and not in a page`);
  if (Number.parseInt(globalThis.process.versions.v8, 10) < (FLAG_SINCE[flag] ?? 0)) return;
  v8.setFlagsFromString(flag);
}
