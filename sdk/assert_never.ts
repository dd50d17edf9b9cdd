/** Ends an exhaustive switch over column types: the compiler proves it is never reached. */
export function assertNever(column: never): never {
  throw new TypeError(`unknown column type: ${JSON.stringify(column)}`);
}
