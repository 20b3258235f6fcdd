import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { linearAttentionReference } from '#engine/recurrent/reference.js';
import { createEngine, type Engine } from '#engine/runtime/engine.js';
import { nativeRulePeers } from '#hw2/bench/peers/native.js';
import { describeMachine } from '#hw2/bench/record.js';
import { rulesToMarkdown } from '#hw2/bench/rules/formats.js';
import { ruleGoals } from '#hw2/bench/rules/goals.js';
import { hw2Rules } from '#hw2/bench/rules/hw2.js';
import { RULES_IN_TABLES, rulePlan } from '#hw2/bench/rules/plan.js';
import { type RuleProblem, type RuleRace, ruleInputs } from '#hw2/bench/rules/problem.js';
import { raceRules, ruleError } from '#hw2/bench/rules/race.js';
import { scoreboard } from '#hw2/bench/scoreboard.js';
import { randomCall, relativeDifference } from '../recurrent/calls.js';

const test = suite<{ engine: Engine }>('races of rules');
test.before(async (context) => {
  context.engine = await createEngine({ tier: 'simd' });
});
test.after(({ engine }) => engine.dispose());

const base: Omit<RuleProblem, 'rule' | 'byKey'> = { L: 40, D: 12, heads: 2, threads: 1, tier: 'simd' };
const ROUNDS = { rounds: 2, seconds: 0, warmUp: 0, turn: 0 };

test('every rule: the operators of ONNX Runtime agree with the kernels and float64', async ({ engine }) => {
  for (const setting of RULES_IN_TABLES) {
    const problem = { ...base, ...setting };
    const race = await raceRules(engine, [hw2Rules(engine), ...nativeRulePeers], problem, ROUNDS);
    assert.equal(race.absent, []);
    assert.equal(
      race.entries.map(({ contender, kind }) => [contender, kind]),
      ['hw2 linearAttention', 'ort com.microsoft.LinearAttention', 'ort LinearAttention-27'].map((name) => [
        name,
        setting.rule,
      ]),
    );
    assert.ok(race.entries.every(({ seconds, maxAbsError }) => seconds.length === 2 && maxAbsError < 1e-5));
  }
});

test('a wrong output gets no time', async ({ engine }) => {
  const problem: RuleProblem = { ...base, rule: 'gated_delta', byKey: false };
  const ours = hw2Rules(engine);
  const wrong = {
    name: 'wrong',
    open: async (given: RuleProblem) => {
      const solver = await ours.open(given);
      const spoilt = () => {
        const output = solver.output().slice();
        output[output.length - 1]! += 0.01;
        return output;
      };
      return {
        load: solver.load.bind(solver),
        run: () => solver.run(),
        release: () => solver.release(),
        output: spoilt,
      };
    },
  };
  const { entries, absent } = await raceRules(engine, [ours, wrong], problem, ROUNDS);
  assert.is(entries.length, 1);
  assert.match(absent[0]!.reason, /its output is off by 1\.0e-2/);
  const nothing = new Float32Array(40 * 24).fill(Number.NaN);
  assert.ok(Number.isNaN(ruleError(nothing, problem, ruleInputs(problem))));
});

test('the reference gives the columns of the rule in float64', () => {
  for (const rule of ['gated', 'delta', 'gated_delta'] as const) {
    const shape = {
      rule,
      byKey: rule === 'gated',
      tokens: 9,
      batches: 2,
      kvHeads: 2,
      group: 2,
      dk: 3,
      dv: 4,
    };
    const { inputs, attributes, expected } = randomCall({
      ...shape,
      past: true,
      sharedBeta: rule === 'delta',
    });
    const columns = [3, 1];
    const found = linearAttentionReference(inputs, attributes, { batch: 1, head: 3, columns });
    const exact = Array.from({ length: 9 }, (_, t) =>
      columns.map((column) => expected.output[((9 + t) * 4 + 3) * 4 + column]!),
    );
    assert.ok(relativeDifference(found, exact.flat()) < 1e-14);
  }
});

test('the plan: the slow operator of the standard only where it is short, all threads for a token and where it is long', () => {
  const plan = rulePlan('simd', 2, 'native', {});
  assert.is(plan.length, 4 * 2 * 6 + 3 * 6);
  assert.ok(plan.every(({ problem, only }) => problem.L > 64 === (only !== undefined)));
  assert.ok(plan.every(({ problem }) => problem.threads === 1 || problem.L === 1 || problem.L > 64));
  assert.is(rulePlan('simd', 2, 'none', { L: [5], heads: [1], threads: [1, 2] }).length, 2 * 6);
});

test('tables say the ratio and the share of the roof', async () => {
  const entry = (contender: string, seconds: number) => ({
    ...{ contender, kind: 'delta' as const, flops: 1e9, maxAbsError: 1e-7 },
    seconds: [seconds, seconds],
  });
  const race: RuleRace = {
    problem: { L: 8192, D: 128, heads: 4, rule: 'delta', byKey: false, threads: 1, tier: 'simd' },
    entries: [entry('hw2 linearAttention', 0.05), entry('ort com.microsoft.LinearAttention', 0.1)],
    roof: { seconds: [0.1, 0.1], flops: 4e9 },
    absent: [],
  };
  const machine = await describeMachine();
  const empty = {
    format: 'hw2-bench' as const,
    version: 2 as const,
    machine,
    tradeoffs: [],
    memory: [],
    races: [],
  };
  const table = scoreboard([{ ...empty, rules: [race] }]);
  assert.match(
    table,
    /\| rule delta, 8,192 tokens, 4 heads, D 128, 1 and 2 threads \| 2\.00×, –, 50 % of the roof \|/,
  );
  const tokens = RULES_IN_TABLES.map((setting) => ({
    ...race,
    problem: { ...race.problem, ...setting, L: 1 },
    entries: race.entries.map((one) => ({ ...one, kind: setting.rule })),
  }));
  const ofTokens = scoreboard([{ ...empty, rules: tokens }]);
  assert.match(ofTokens, /\| rules, a token, 4 heads, D 128: linear; .* \| 2\.00×(; 2\.00×){5} \|/);
  const goals = ruleGoals([{ name: 'here', report: { ...empty, rules: [race] } }]).split('\n');
  assert.is(goals.length, 2 + RULES_IN_TABLES.length);
  // The roof does 40 operations in the time of ours for 20 and of native for 10; what was not measured is a dash.
  assert.ok(
    goals.includes('| here, delta | –, – | –, – | **2.00**, – | 4.00, – | **0.50**, – |'),
    goals.join('\n'),
  );
  assert.match(
    rulesToMarkdown(machine, [race]),
    /\| ort com\.microsoft\.LinearAttention \| delta \| 8192 \| 4 × 128 /,
  );
});

test.run();
