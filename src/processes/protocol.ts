import { DataError } from '../data/error.js';

/**
 * A conversation with what computes elsewhere, a child process of Node or a worker of a page: it is asked a question,
 * sends parts of the answer on the way, and then the answer, or why there is none.
 */
export type Reply<Part, Answer> =
  | { part: Part }
  | { answer: Answer }
  | {
      error: string;
      /** Whether the user can mend it; see {@link DataError}. */
      isDataError: boolean;
    };

/** How a question is answered. @param onPart takes what comes before the answer */
export type Work<Question, Part, Answer> = (
  question: Question,
  onPart: (part: Part) => void,
) => Promise<Answer>;

/** On the side that computes: answers one question. @param reply sends a message back */
export async function answerOne<Question, Part, Answer>(
  work: Work<Question, Part, Answer>,
  question: Question,
  reply: (message: Reply<Part, Answer>) => void,
): Promise<void> {
  try {
    reply({ answer: await work(question, (part) => reply({ part })) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    reply({ error: message, isDataError: error instanceof DataError });
  }
}

/** On the side that asks: gives a message to whom it is for. */
export function receive<Part, Answer>(
  message: Reply<Part, Answer>,
  {
    onPart,
    resolve,
    reject,
  }: {
    onPart: (part: Part) => void;
    resolve: (answer: Answer) => void;
    reject: (error: Error) => void;
  },
): void {
  if ('part' in message) onPart(message.part);
  else if ('answer' in message) resolve(message.answer);
  else reject(message.isDataError ? new DataError(message.error) : new Error(message.error));
}
