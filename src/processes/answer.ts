import { setImmediate } from 'node:timers/promises';
import { answerOne, type Reply, type Work } from './protocol.js';

/** In the program of a child process: answers every question of its parent, and ends when the parent lets it go or is gone. */
export function answerQuestions<Question, Part, Answer>(work: Work<Question, Part, Answer>): void {
  process.once('disconnect', () => process.exit());
  process.on('message', async (question: Question) => {
    // What was left of the answer before, such as listening for signals while its file was written, ends in this turn of the event loop.
    await setImmediate();
    await answerOne(work, question, send<Part, Answer>);
  });
}

/** A parent that is just going takes no more messages; that it is gone is heard a moment later. */
function send<Part, Answer>(message: Reply<Part, Answer>): void {
  process.send!(message, undefined, undefined, () => undefined);
}
