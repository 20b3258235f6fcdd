import { type ChildProcess, fork, type Serializable } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Reply, receive } from './protocol.js';

/** A child process that answers one question after the other; its program calls `answerQuestions`. */
export class Remote<Question, Part, Answer> {
  readonly #child: ChildProcess;
  /** Resolved when the process is gone, with what a question that it has not answered fails with. */
  readonly #ended: Promise<Error>;
  #last: Promise<unknown> = Promise.resolve();
  /** Told, when the process is gone, of the question in flight. */
  #lost: (error: Error) => void = () => {};

  /**
   * @param program its script
   * @param name what it is, for messages, such as `a measuring process`
   * @param signal ends it at once
   */
  constructor(program: URL, name: string, signal?: AbortSignal) {
    const options = { serialization: 'advanced', ...(signal && { signal }) } as const;
    this.#child = fork(fileURLToPath(program), options);
    // A signal that comes while the child stops listening for signals is lost; without its channel it ends by itself.
    signal?.addEventListener('abort', () => this.#child.connected && this.#child.disconnect());
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', resolve);
      this.#child.once('exit', (code, cause) => {
        resolve(new Error(`${name} ended with ${cause ?? `code ${code}`}`));
      });
    });
    this.#ended.then((error) => this.#lost(error));
  }

  /** Whether it can be asked: it is there, and has not been let go. */
  get alive(): boolean {
    return this.#child.connected;
  }

  /**
   * @param onPart told of what comes before the answer
   * @throws Error that the process reports, a DataError where it was one there; Error when the process ends before it
   * has answered
   */
  ask(question: Question, onPart: (part: Part) => void = () => {}): Promise<Answer> {
    const answer = this.#last.then(() => this.#ask(question, onPart));
    this.#last = answer.catch(() => {});
    return answer;
  }

  /** Lets the process go when it has answered what it was asked. */
  async close(): Promise<void> {
    await this.#last;
    if (this.#child.connected) this.#child.disconnect();
    await this.#ended;
  }

  #ask(question: Question, onPart: (part: Part) => void): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      this.#child.removeAllListeners('message');
      this.#child.on('message', (message: Reply<Part, Answer>) => {
        receive(message, { onPart, resolve, reject });
      });
      this.#lost = reject;
      // What cannot be sent was for a process that is gone, and how it ended is heard a moment later.
      this.#child.send(question as Serializable, (error) => error && this.#ended.then(reject));
    });
  }
}

/** Asks one question of a process of its own, which has ended when the answer is there. */
export async function askOnce<Question, Part, Answer>(
  { program, name, signal }: { program: URL; name: string; signal?: AbortSignal },
  question: Question,
  onPart?: (part: Part) => void,
): Promise<Answer> {
  const remote = new Remote<Question, Part, Answer>(program, name, signal);
  try {
    return await remote.ask(question, onPart);
  } finally {
    await remote.close();
  }
}
