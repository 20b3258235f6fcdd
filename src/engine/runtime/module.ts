import { instantiateSync } from '@assemblyscript/loader';
import { readWasm } from '#platform';
import type { Tier } from './tiers.js';

/** What assembly/index.ts exports. Addresses are byte offsets into the engine's memory. */
export interface Kernels {
  exact(params: number, task: number, scratch: number): void;
  exactScratch(params: number): number;
  exactTasks(params: number): number;
  logits(params: number, task: number, scratch: number): void;
  meanKey(params: number, task: number, scratch: number): void;
  taylorState(params: number, task: number, scratch: number): void;
  taylorQuery(params: number, task: number, scratch: number): void;
  taylorQueryTasks(params: number): number;
  taylorScratch(params: number): number;
  taylorCausal(params: number, task: number, scratch: number): void;
  taylorCausalScratch(params: number): number;
  roof(params: number, task: number, scratch: number): void;
  roofFlops(): number;
  roofScratch(): number;
  exp2Array(address: number, length: number): void;
}

export type KernelName = keyof Kernels;

const compiled = new Map<string, Promise<WebAssembly.Module>>();

/** Compiles the kernels of a tier, once for this process. */
export function compile(tier: Tier, shared: boolean): Promise<WebAssembly.Module> {
  const key = `${tier} ${shared}`;
  let module = compiled.get(key);
  if (!module) {
    module = readWasm(tier).then((bytes) => WebAssembly.compile(shared ? importSharedMemory(bytes) : bytes));
    // A failed read is not remembered: a page may have been offline.
    module.catch(() => compiled.delete(key));
    compiled.set(key, module);
  }
  return module;
}

/** Instantiates compiled kernels on a memory. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  // The instance's own exports: the loader's are wrapped, and a wrapper costs more than a small kernel.
  const { instance } = instantiateSync(module, { env: { memory } });
  return instance.exports as unknown as Kernels;
}

/**
 * The same module, importing a shared memory. Shared and unshared memories are different types of import, and differ
 * in one bit of the binary: one file a tier serves threads and also hosts without SharedArrayBuffer.
 * @see https://webassembly.github.io/spec/core/binary/modules.html#import-section and the threads proposal
 */
export function importSharedMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  let at = 8;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = copy[at++];
      if (byte === undefined) throw new Error('the kernels import no memory');
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const skip = (length: number) => {
    at += length;
  };
  const IMPORT_SECTION = 2;
  for (;;) {
    const section = copy[at++];
    const size = varint();
    if (section === IMPORT_SECTION) break;
    skip(size);
  }
  const imports = varint();
  if (imports !== 1) throw new Error(`the kernels have ${imports} imports, expected only env.memory`);
  skip(varint()); // "env"
  skip(varint()); // "memory"
  const MEMORY = 2;
  if (copy[at++] !== MEMORY) throw new Error('the import of the kernels is not a memory');
  copy[at]! |= 2;
  return copy;
}
