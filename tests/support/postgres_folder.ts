/**
 * Creates a folder for a Postgres that a test starts and kills itself. It is removed with its
 * scope.
 */
export async function postgresFolder(): Promise<{ readonly dir: string } & AsyncDisposable> {
  const dir = await Deno.makeTempDir({ prefix: "totesys-postgres-" });
  return { dir, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
}
