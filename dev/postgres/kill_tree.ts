/**
 * Sends SIGKILL to a process and its children, and returns when they have ended. Without /proc, the
 * children are left alone: those of a Postgres notice that their parent ended.
 */
export async function killTree(pid: number): Promise<void> {
  // Stopped first, so that it starts no more children while they are listed.
  Deno.kill(pid, "SIGSTOP");
  const children = [...await runningProcesses()].filter(([, parent]) => parent === pid).map((
    [id],
  ) => id);
  for (const one of [pid, ...children]) kill(one);
  for (
    let left = await runningProcesses();
    children.some((id) => left.has(id));
    left = await runningProcesses()
  ) {
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
 * Returns the parent of every running process. Slim containers have no `ps`, and Deno reads /proc only
 * with all permissions.
 */
async function runningProcesses(): Promise<Map<number, number>> {
  const script = "cat /proc/[0-9]*/stat";
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script], stderr: "null" })
    .output();
  const parents = new Map<number, number>();
  for (const line of new TextDecoder().decode(stdout).split("\n")) {
    // The name in parentheses can hold any character. Z is a process that ended and was not reaped.
    const [, pid, state, parent] = /^(\d+) \(.*\) (\S) (\d+)/.exec(line) ?? [];
    if (pid !== undefined && state !== "Z" && state !== "X") {
      parents.set(Number(pid), Number(parent));
    }
  }
  return parents;
}
