import { answerOne, type Reply, receive, type Work } from '#hw2/processes/protocol.js';

/** A worker that answers one question after the other. */
export class Remote<Question, Part, Answer> {
  readonly #worker: Worker;
  #last: Promise<unknown> = Promise.resolve();

  /** @param name of the worker's script, which lies beside this one */
  constructor(name: string) {
    this.#worker = new Worker(new URL(`./${name}.js`, import.meta.url), { type: 'module', name });
  }

  /** @param onPart told of what comes before the answer */
  ask(question: Question, onPart: (part: Part) => void = () => {}): Promise<Answer> {
    const answer = this.#last.then(() => this.#ask(question, onPart));
    this.#last = answer.catch(() => {});
    return answer;
  }

  /** Ends the worker in the middle of what it is doing; an answer that is awaited never comes. */
  terminate(): void {
    this.#worker.terminate();
  }

  #ask(question: Question, onPart: (part: Part) => void): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data }: MessageEvent<Reply<Part, Answer>>) =>
        receive(data, { onPart, resolve, reject });
      this.#worker.onerror = (event) => reject(new Error(event.message ?? 'a script could not be loaded'));
      this.#worker.postMessage(question);
    });
  }
}

/** In the worker: answers every question that its page asks. */
export function answerWith<Question, Part, Answer>(work: Work<Question, Part, Answer>): void {
  globalThis.onmessage = ({ data }: MessageEvent<Question>) =>
    answerOne(work, data, (message: Reply<Part, Answer>) => postMessage(message));
}
