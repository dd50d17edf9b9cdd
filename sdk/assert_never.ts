/**
 * Ends an exhaustive switch: a missing case is a compile error.
 *
 * @throws {TypeError} when called: a value has a type that the compiler ruled out.
 */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value: ${JSON.stringify(value)}`);
}
