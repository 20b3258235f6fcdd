import { answerOne, type Reply, receive, type Work } from '#hw2/processes/protocol.js';
import { Unavailable } from './assets.js';

/** Why there is no answer to a question that was taken back. */
export class Cancelled extends Error {
  constructor() {
    super('Cancelled.');
  }
}

/** A worker that answers one question after the other. */
export class Remote<Question, Part, Answer> {
  readonly #name: string;
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();
  /** Questions that were asked before the last cancellation have other numbers. */
  #generation = 0;
  #refuse: ((error: Error) => void) | undefined;

  /** @param name of the worker's script, which lies beside this one */
  constructor(name: string) {
    this.#name = name;
  }

  /** @param onPart told of what comes before the answer */
  ask(question: Question, onPart: (part: Part) => void = () => {}): Promise<Answer> {
    const generation = this.#generation;
    const answer = this.#last.then(() => {
      if (generation !== this.#generation) throw new Cancelled();
      return this.#ask(question, onPart);
    });
    this.#last = answer.catch(() => {});
    return answer;
  }

  /** Ends the worker in the middle of what it is doing: what was asked so far fails as {@link Cancelled}. */
  cancel(): void {
    this.#generation++;
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#refuse?.(new Cancelled());
  }

  #ask(question: Question, onPart: (part: Part) => void): Promise<Answer> {
    this.#worker ??= new Worker(new URL(`./${this.#name}.js`, import.meta.url), {
      type: 'module',
      name: this.#name,
    });
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      this.#refuse = reject;
      worker.onmessage = ({ data }: MessageEvent<Reply<Part, Answer>>) =>
        receive(data, { onPart, resolve, reject });
      worker.onerror = (event) => {
        // A worker that did not start never will: the next question gets another.
        worker.terminate();
        if (this.#worker === worker) this.#worker = undefined;
        reject(new Unavailable(`${this.#name}.js`, event.message ?? 'no connection, or no such file'));
      };
      worker.postMessage(question);
    });
  }
}

/** In the worker: answers every question that its page asks. */
export function answerWith<Question, Part, Answer>(work: Work<Question, Part, Answer>): void {
  globalThis.onmessage = ({ data }: MessageEvent<Question>) =>
    answerOne(work, data, (message: Reply<Part, Answer>) => postMessage(message));
}
