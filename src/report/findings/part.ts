/** What was found, or why it could not be. */
export type Part<T> = T | { reason: string };

/** A part of the findings for which something may be missing here, such as ONNX Runtime. */
export async function attempt<T>(work: () => Promise<T>): Promise<Part<T>> {
  try {
    return await work();
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

export function isMissing(part: object): part is { reason: string } {
  return 'reason' in part;
}
