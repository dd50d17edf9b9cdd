/** Returns what `work` returns, or throws after so many milliseconds. The work continues unobserved. */
export async function withTimeout<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("timeout")), ms);
  work.catch(() => {}); // it can fail after the timeout
  return await Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}
