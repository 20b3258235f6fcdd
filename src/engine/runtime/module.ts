import { cut } from './arguments.js';
import { readEmbedded } from './embedded.js';
import type { Tier } from './tiers.js';

/** What assembly/index.ts exports. Addresses are byte offsets into the engine's memory. */
export interface Kernels {
  exact(params: number, task: number, scratch: number): void;
  /** As `exact` and `decode`, over the tasks of several calls: pairs of the address of a params and how many tasks it has. */
  exactEach(table: number, task: number, scratch: number): void;
  decodeEach(table: number, task: number, scratch: number): void;
  exactScratch(params: number): number;
  exactTasks(params: number): number;
  decode(params: number, task: number, scratch: number): void;
  decodeMerge(params: number): void;
  decodeParts(keys: number): number;
  decodeScratch(params: number): number;
  logits(params: number, task: number, scratch: number): void;
  meanKey(params: number, task: number, scratch: number): void;
  taylorState(params: number, task: number, scratch: number): void;
  taylorQuery(params: number, task: number, scratch: number): void;
  taylorQueryTasks(params: number): number;
  taylorScratch(params: number): number;
  taylorStep(params: number, task: number, scratch: number): void;
  taylorStepScratch(params: number): number;
  taylorCausal(params: number, task: number, scratch: number): void;
  taylorCausalScratch(params: number): number;
  hashKeys(params: number, task: number, scratch: number): void;
  assignKeys(params: number, task: number, scratch: number): void;
  assignTasks(params: number): number;
  assignScratch(params: number): number;
  clusterKeys(params: number, task: number, scratch: number): void;
  clusterScratch(params: number): number;
  clusterShape(params: number, task: number, scratch: number): void;
  clustersSize(params: number): number;
  expansion(params: number, task: number, scratch: number): void;
  expansionTasks(params: number): number;
  expansionScratch(params: number): number;
  findNonFinite(params: number, task: number, scratch: number): void;
  spreadQueries(params: number, task: number, scratch: number): void;
  recurrent(params: number, task: number, scratch: number): void;
  recurrentScratch(params: number): number;
  causalConv(params: number, task: number, scratch: number): void;
  causalConvScratch(params: number): number;
  widen(floats: number, count: number, isBfloat16: boolean): void;
  read(params: number, task: number, scratch: number): void;
  roof(params: number, task: number, scratch: number): void;
  roofFlops(): number;
  roofScratch(): number;
  exp2Array(address: number, length: number): void;
}

export type KernelName = keyof Kernels;

/** A compiled module, its bytes, or the address of its file. */
export type WasmOption = object | string;

/** Compiled kernels of this package, by tier and kind of memory. */
const compiled = new Map<string, Promise<WebAssembly.Module>>();

/** Compiles the kernels of a tier, once for this program. */
export function compile(tier: Tier, shared: boolean): Promise<WebAssembly.Module> {
  const key = `${tier} ${shared}`;
  let module = compiled.get(key);
  if (!module) {
    module = readEmbedded(tier).then((bytes) => compileBytes(bytes, shared));
    // A failed read is not remembered: a page may have been offline.
    module.catch(() => compiled.delete(key));
    compiled.set(key, module);
  }
  return module;
}

/**
 * Compiles kernels that the program brings along.
 * @throws TypeError when they are none of the forms of `EngineOptions.wasm`, Error when they cannot be fetched.
 */
export async function compileGiven(wasm: WasmOption, shared: boolean): Promise<WebAssembly.Module> {
  if (isModule(wasm)) return wasm;
  const bytes = await bytesOf(wasm);
  return compileBytes(bytes, shared).catch((error: Error) => {
    throw new TypeError(`wasm: ${error.message}`);
  });
}

/** Whether kernels are compiled already, and so bound to memory that is not shared. Also for modules of other realms. */
export const isModule = (wasm: unknown): wasm is WebAssembly.Module =>
  Object.prototype.toString.call(wasm) === '[object WebAssembly.Module]';

async function compileBytes(bytes: Uint8Array<ArrayBuffer>, shared: boolean): Promise<WebAssembly.Module> {
  return WebAssembly.compile(shared ? importSharedMemory(bytes) : bytes);
}

async function bytesOf(wasm: WasmOption): Promise<Uint8Array<ArrayBuffer>> {
  if (ArrayBuffer.isView(wasm)) return new Uint8Array(wasm.buffer, wasm.byteOffset, wasm.byteLength).slice();
  if (Object.prototype.toString.call(wasm) === '[object ArrayBuffer]')
    return new Uint8Array(wasm as ArrayBuffer);
  const url = typeof wasm === 'string' ? wasm : (wasm as Partial<URL> | null)?.href;
  if (url === undefined) throw new TypeError('wasm: expected a WebAssembly.Module, bytes or an address');
  const response = await fetch(url).catch((error: Error) => {
    throw new Error(`wasm: ${cut(url)}: ${cut(error.message)}`);
  });
  if (!response.ok) throw new Error(`wasm: ${cut(url)}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * Instantiates compiled kernels on a memory, by AssemblyScript's loader where it can be imported: not in a page
 * without a bundler, nor where there is no TextDecoder. The kernels import a memory and export functions of numbers,
 * so that without it all is the same.
 */
export async function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Kernels> {
  const imports = { env: { memory } };
  const loader = await import('@assemblyscript/loader').catch(() => undefined);
  // The instance's own exports: the loader's are wrapped, and a wrapper costs more than a small kernel.
  const instance =
    loader?.instantiateSync(module, imports).instance ?? new WebAssembly.Instance(module, imports);
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
