/** Returns the promise's result, or throws after `limit_ms`: a test must fail, not hang. */
export async function withTimeout<T>(limit_ms: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`not done after ${limit_ms} ms`)), limit_ms);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
