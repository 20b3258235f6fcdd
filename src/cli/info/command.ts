import { cpus, totalmem } from 'node:os';
import type { Command } from 'commander';
import { calibrate, cores, createEngine, TIERS, tierSupport } from 'hw2-engine';
import { runtimeName } from '../../bench/runtime.js';
import { formatBytes, formatRate } from '../../format/numbers.js';
import { bestTier } from '../engine-options.js';
import { print, printJson } from '../output.js';
import { printTable } from '../table.js';

const DESCRIPTIONS = {
  simd: '128-bit vectors, multiply then add',
  relaxed: '128-bit vectors, fused multiply-add',
  wide: 'as relaxed, paired to 256 bits by V8 (experimental)',
};

export function define(command: Command): void {
  command
    .addHelpText('before', 'Examples:\n  hw2 info\n  hw2 info --json\n')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const used = bestTier();
      const engine = await createEngine({ tier: used, threads: cores() });
      const rates = await calibrate(engine);
      await engine.dispose();
      const support = tierSupport();
      const machine = {
        runtime: runtimeName(),
        node: process.version,
        v8: process.versions.v8,
        platform: `${process.platform} ${process.arch}`,
        cpu: cpus()[0]?.model ?? 'unknown',
        cores: cores(),
        memoryBytes: totalmem(),
        sharedArrayBuffer: typeof SharedArrayBuffer !== 'undefined',
        defaultTier: used,
        flopsPerSecond: rates,
        tiers: TIERS.map((tier) => ({
          tier,
          description: DESCRIPTIONS[tier],
          ...wideSupport(tier, support[tier]),
        })),
      };
      if (json) return printJson('info', machine);
      print([machine.runtime, ...(machine.v8 ? [`V8 ${machine.v8}`] : []), machine.platform].join(', '));
      print(`${machine.cpu}, ${machine.cores} cores, ${formatBytes(machine.memoryBytes)}`);
      print(
        `Threads: up to ${machine.cores} by default; shared memory ${machine.sharedArrayBuffer ? 'available' : 'missing'}`,
      );
      print(
        `Speed: exact ${formatRate(rates.exact)}, linear ${formatRate(rates.taylor)}, as --method auto reckons with\n`,
      );
      printTable(
        ['tier', 'available', 'what it is'],
        machine.tiers.map(({ tier, description, available, reason }) => [
          tier === used ? `${tier} (used)` : tier,
          available ? 'yes' : 'no',
          reason ? `${description}\n${reason}` : description,
        ]),
        'left',
      );
    });
}

/** V8's revectoriser came with version 12; before, the tier `wide` runs, unpaired and slower than `relaxed`. */
function wideSupport(tier: string, support: { available: boolean; reason?: string }) {
  const pairs = Number.parseInt(process.versions.v8, 10) >= 12;
  if (tier !== 'wide' || !support.available || pairs) return support;
  return { available: true, reason: 'this V8 does not pair vectors, that of Node 24 does' };
}
