/**
 * Arrays that are filled again and again, and grow when they must.
 *
 * @module
 */

type Memory = Uint8Array | Int32Array | Float64Array | BigInt64Array;

/** Returns the array if it has room for `length` elements, else a new and larger one. */
export function withRoom<A extends Memory>(array: A, length: number): A {
  if (array.length >= length) return array;
  const Kind = array.constructor as new (length: number) => A;
  return new Kind(Math.max(length, 2 * array.length));
}

/** {@linkcode withRoom}, but what the array holds is copied. */
export function grown<A extends Memory>(array: A, length: number): A {
  const larger = withRoom(array, length);
  if (larger !== array) larger.set(array as never);
  return larger;
}
