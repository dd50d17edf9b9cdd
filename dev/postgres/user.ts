/** The user that Postgres runs as. */
export interface User {
  /** The user's id. */
  readonly uid: number;
  /** The group's id. */
  readonly gid: number;
}

/** Returns `nobody` when run by root, because Postgres refuses root, and otherwise undefined. */
export async function postgresUser(): Promise<User | undefined> {
  if (Deno.uid() !== 0) return undefined;
  return { uid: await idOfNobody("-u"), gid: await idOfNobody("-g") };
}

/** Returns the id of the user or group `nobody`: usually 65534, but not on every system. */
async function idOfNobody(kind: "-u" | "-g"): Promise<number> {
  const { success, stdout } = await new Deno.Command("id", { args: [kind, "nobody"] }).output();
  if (!success) throw new Error("Postgres cannot run as root, and there is no user nobody");
  // macOS numbers nobody -2.
  return Number(new TextDecoder().decode(stdout)) >>> 0;
}
