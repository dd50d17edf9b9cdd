/**
 * Ends an exhaustive switch: a missing case is a compile error.
 *
 * @throws {TypeError} when a value that no type allows gets here all the same.
 */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value: ${JSON.stringify(value)}`);
}
