/** The exit codes of the command line. */
export type ExitCode = 0 | 1 | 2 | 130;

/** What each exit code means. */
export const EXIT_CODES: readonly (readonly [code: ExitCode, meaning: string])[] = [
  [0, "success"],
  [1, "failure, or rows that differ"],
  [2, "bad usage or settings"],
  [130, "interrupted"],
];
