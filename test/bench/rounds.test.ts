import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { timeByTurns } from '#hw2/bench/rounds.js';

test('a run that is over before the clock moves is repeated as often as fills a turn', async () => {
  const { now } = performance;
  // As in a browser whose pages are not isolated, but coarser; moved by the runs alone, for the real clock goes on while others compute.
  let milliseconds = 0;
  performance.now = () => Math.floor(milliseconds);
  const run = async () => {
    milliseconds += 1 / 1024;
    if (milliseconds > 1e4) throw new Error('it goes on for ever');
  };
  try {
    const [times] = await timeByTurns([run], { rounds: 3, seconds: 0, warmUp: 5, turn: 5 });
    assert.is(times!.length, 3);
    // The clock may miss up to one of the 5 ms of a turn.
    for (const seconds of times!) assert.ok(Math.abs(seconds * 1024e3 - 1) <= 0.2, String(seconds));
  } finally {
    performance.now = now;
  }
});

test.run();
