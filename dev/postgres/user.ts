/** Whom Postgres runs as. */
export interface User {
  /** Their number. */
  readonly uid: number;
  /** The number of their group. */
  readonly gid: number;
}

/** Postgres refuses to be root: then it is `nobody`. Everyone else runs it as themselves. */
export async function postgresUser(): Promise<User | undefined> {
  if (Deno.uid() !== 0) return undefined;
  return { uid: await idOfNobody("-u"), gid: await idOfNobody("-g") };
}

/** 65534 on most systems, not on all. */
async function idOfNobody(kind: "-u" | "-g"): Promise<number> {
  const { success, stdout } = await new Deno.Command("id", { args: [kind, "nobody"] }).output();
  if (!success) throw new Error("Postgres cannot run as root, and there is no user nobody");
  // macOS numbers nobody -2.
  return Number(new TextDecoder().decode(stdout)) >>> 0;
}
