/**
 * The part of `@std/assert` this project uses, over Node's assertions. It stands in for the real one
 * where JSR cannot be reached (see dev/with_std.ts).
 *
 * @module
 */
import { AssertionError, deepStrictEqual, notDeepStrictEqual } from "node:assert/strict";

/** The class of an error. */
// deno-lint-ignore no-explicit-any
export type ErrorClass<E extends Error = Error> = abstract new (...args: any[]) => E;

/** Asserts that the expression is truthy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) fail(msg || "Expected a truthy value");
}

/** Asserts that the two values are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  try {
    deepStrictEqual(actual, expected);
  } catch (error) {
    throw msg ? prefixed(error, msg) : error;
  }
}

/** Asserts that the two values differ. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  try {
    notDeepStrictEqual(actual, expected);
  } catch (error) {
    throw msg ? prefixed(error, msg) : error;
  }
}

/** Asserts that the value is neither null nor undefined. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  if (actual === null || actual === undefined) {
    fail(`Expected a value, got ${actual}${msg ? `: ${msg}` : ""}`);
  }
}

/** Asserts that one text is part of the other. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (!actual.includes(expected)) {
    fail(`Expected ${quoted(actual)} to contain ${quoted(expected)}${msg ? `: ${msg}` : ""}`);
  }
}

/** Asserts that the text matches. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (!expected.test(actual)) {
    fail(`Expected ${quoted(actual)} to match ${expected}${msg ? `: ${msg}` : ""}`);
  }
}

/** Asserts that the function throws, and returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Asserts that the function throws such an error, and returns it. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  errorClassOrMsg?: ErrorClass | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  let thrown: { error: unknown } | undefined;
  try {
    fn();
  } catch (error) {
    thrown = { error };
  }
  return expected(thrown, "throw", errorClassOrMsg, msgIncludes, msg);
}

/** Asserts that the promise rejects, and returns its reason. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/** Asserts that the promise rejects with such an error, and returns it. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  errorClassOrMsg?: ErrorClass | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  let thrown: { error: unknown } | undefined;
  let promise: PromiseLike<unknown>;
  try {
    promise = fn();
  } catch (error) {
    throw prefixed(error, "The function threw instead of returning a promise that rejects");
  }
  try {
    await promise;
  } catch (error) {
    thrown = { error };
  }
  return expected(thrown, "reject", errorClassOrMsg, msgIncludes, msg);
}

function expected(
  thrown: { error: unknown } | undefined,
  verb: string,
  errorClassOrMsg: ErrorClass | string | undefined,
  msgIncludes: string | undefined,
  msg: string | undefined,
): unknown {
  const errorClass = typeof errorClassOrMsg === "string" ? undefined : errorClassOrMsg;
  const note = typeof errorClassOrMsg === "string" ? errorClassOrMsg : msg;
  const suffix = note ? `: ${note}` : "";
  if (!thrown) fail(`Expected the function to ${verb}${suffix}`);
  const { error } = thrown;
  if (!errorClass) return error;
  if (!(error instanceof errorClass)) {
    throw prefixed(error, `Expected ${errorClass.name}${suffix}, got another error`);
  }
  if (msgIncludes && !error.message.includes(msgIncludes)) {
    throw prefixed(error, `Expected the message to include ${quoted(msgIncludes)}${suffix}`);
  }
  return error;
}

function fail(message: string): never {
  throw new AssertionError({ message });
}

function prefixed(error: unknown, message: string): AssertionError {
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return Object.assign(new AssertionError({ message: `${message}\n${detail}` }), { cause: error });
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
