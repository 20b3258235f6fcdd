import { measurePlan } from '../../bench/measure.js';
import { describeMachine } from '../../bench/record.js';
import type { Tasks } from './kinds.js';

/** A measurement, with the machine on which it was taken. */
export const tasks: Tasks<'bench'> = {
  async bench({ plan }) {
    const machine = await describeMachine();
    const findings = await measurePlan(plan, () => {});
    return { bytes: JSON.stringify({ machine, findings }) };
  },
};
