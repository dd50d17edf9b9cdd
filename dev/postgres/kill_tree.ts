/**
 * Ends a process and its children by SIGKILL, and returns when they are gone. Where there is no
 * /proc the children of a Postgres are left to notice by themselves.
 */
export async function killTree(pid: number): Promise<void> {
  // Held first, so that it has no more children while they are counted.
  Deno.kill(pid, "SIGSTOP");
  const children = [...await living()].filter(([, parent]) => parent === pid).map(([id]) => id);
  for (const one of [pid, ...children]) kill(one);
  for (let left = await living(); children.some((id) => left.has(id)); left = await living()) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * The parent of every process that runs. Not from `ps`: slim containers have none. Not by Deno, which
 * reads nothing in /proc unless it may do everything.
 */
async function living(): Promise<Map<number, number>> {
  const script = "cat /proc/[0-9]*/stat";
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script], stderr: "null" })
    .output();
  const parents = new Map<number, number>();
  for (const line of new TextDecoder().decode(stdout).split("\n")) {
    // The name in parentheses may hold anything. Z: gone, but nobody has asked yet how it ended.
    const [, pid, state, parent] = /^(\d+) \(.*\) (\S) (\d+)/.exec(line) ?? [];
    if (pid !== undefined && state !== "Z" && state !== "X") {
      parents.set(Number(pid), Number(parent));
    }
  }
  return parents;
}
