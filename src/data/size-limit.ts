import { formatBytes } from 'hw2-engine';

/** A size and the limit that it is beyond, as messages put them: `240 MiB; the limit is 100 MiB`. */
export function beyondLimit(bytes: number, limit: number): string {
  const [given, most] = [formatBytes(bytes), formatBytes(limit)];
  return given === most ? moreThan(limit) : `${given}; the limit is ${most}`;
}

/** A size that is not known, but is beyond the limit. */
export const moreThan = (limit: number): string => `more than ${formatBytes(limit)}, which is the limit`;
