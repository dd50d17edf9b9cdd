import { assert, assertEquals, assertRejects } from "@std/assert";
import { dirname, join } from "node:path";
import postgres from "postgres";
import { startPostgres } from "../../dev/postgres.ts";

Deno.test("stop() removes every trace of a temporary Postgres", async () => {
  const server = await startPostgres();
  const traces = await tracesOf(server.url("postgres"));

  const url = await server.createDatabase("with-a-dash");
  assertEquals(await ask(url, "current_database()"), "with-a-dash");
  assertEquals(await ask(url, "current_setting('fsync')"), "off");

  await server.stop();
  await eventually(() => areRemoved(traces));
});

Deno.test("startPostgres() keeps a directory it was given, and is durable there", async () => {
  const parent = await Deno.makeTempDir({ dir: "/tmp" });
  await Deno.chmod(parent, 0o755);
  try {
    const dir = join(parent, "data");
    {
      await using server = await startPostgres({ dir });
      assertEquals(await ask(server.url("postgres"), "current_setting('fsync')"), "on");
      await server.createDatabase("kept");
    }
    await using server = await startPostgres({ dir });
    assertEquals(await ask(server.url("kept"), "1"), 1);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});

Deno.test("startPostgres() recovers what was committed before kill()", async () => {
  const parent = await Deno.makeTempDir({ dir: "/tmp" });
  await Deno.chmod(parent, 0o755);
  try {
    const dir = join(parent, "data");
    const before = await startPostgres({ dir });
    await before.createDatabase("kept");
    await before.kill();
    await using after = await startPostgres({ dir });
    assertEquals(await ask(after.url("kept"), "1"), 1);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});

Deno.test("startPostgres() shows the log of a Postgres that cannot start", async () => {
  const parent = await Deno.makeTempDir({ dir: "/tmp" });
  await Deno.chmod(parent, 0o755);
  try {
    await using _running = await startPostgres({ dir: parent });
    await assertRejects(() => startPostgres({ dir: parent }), Error, "postmaster.pid");
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});

Deno.test("startPostgres() leaves no process and no directory behind when its owner is killed", async () => {
  await using owner = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("postgres_owner.ts", import.meta.url).pathname],
    stdout: "piped",
  }).spawn();
  const output = owner.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const url = (await output.read()).value!.trim();
  const traces = await tracesOf(url);

  owner.kill("SIGKILL");
  await owner.status;
  await output.cancel();
  await eventually(() => areRemoved(traces));
});

async function ask(url: string, expression: string): Promise<unknown> {
  const sql = postgres(url, { max: 1 });
  try {
    const [row] = await sql.unsafe(`SELECT ${expression} AS answer`);
    return row.answer;
  } finally {
    await sql.end();
  }
}

interface Traces {
  readonly dir: string;
  readonly pid: string;
}

/** Returns what a Postgres could leave behind. */
async function tracesOf(url: string): Promise<Traces> {
  const data = await ask(url, "current_setting('data_directory')") as string;
  const [pid] = (await Deno.readTextFile(join(data, "postmaster.pid"))).split("\n");
  return { dir: dirname(data), pid };
}

async function areRemoved({ dir, pid }: Traces): Promise<boolean> {
  const there = await Deno.stat(dir).then(() => true, () => false);
  // Slim containers have no `ps`.
  const check = new Deno.Command("sh", { args: ["-c", `kill -0 ${pid}`], stderr: "null" });
  return !there && !(await check.output()).success;
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!await holds()) {
    assert(Date.now() < deadline, "still not so after 10 s");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
