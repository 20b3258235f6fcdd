/** The JavaScript runtime by its own name: Deno and Bun say in `process.version` which Node they resemble. */
export function runtimeName(): string {
  const { Deno, Bun } = globalThis as { Deno?: { version: { deno: string } }; Bun?: { version: string } };
  if (Deno) return `Deno ${Deno.version.deno}`;
  return Bun ? `Bun ${Bun.version}` : `Node ${process.version.slice(1)}`;
}
