import { assert, assertEquals, assertExists, assertRejects } from "@std/assert";
import { join } from "node:path";
import postgres from "postgres";
import { startPostgres } from "../../dev/postgres.ts";

Deno.test("startPostgres() gives a Postgres that stop() leaves nothing of", async () => {
  const server = await startPostgres();
  const dir = await dataDirectory(server.port);
  assertExists(dir);

  const url = await server.createDatabase("with-a-dash");
  assertEquals(await ask(url, "current_database()"), "with-a-dash");
  assertEquals(await ask(url, "current_setting('fsync')"), "off");

  await server.stop();
  await eventually(() => isGone(server.port, dir));
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

Deno.test("startPostgres() shows what Postgres says when it cannot start", async () => {
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
  const port = Number((await output.read()).value);
  const dir = await dataDirectory(port);
  assertExists(dir);

  owner.kill("SIGKILL");
  await owner.status;
  await output.cancel();
  await eventually(() => isGone(port, dir));
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

/** The directory of the Postgres of a port, from the list of processes. */
async function dataDirectory(port: number): Promise<string | undefined> {
  const args = await processes();
  return args.map((line) => new RegExp(`-D (\\S+)/data -p ${port} `).exec(line)?.[1]).find(Boolean);
}

async function isGone(port: number, dir: string): Promise<boolean> {
  const running = (await processes()).some((line) => line.includes(dir));
  const there = await Deno.stat(dir).then(() => true, () => false);
  const listening = await Deno.connect({ hostname: "127.0.0.1", port }).then((connection) => {
    connection.close();
    return true;
  }, () => false);
  return !running && !there && !listening;
}

async function processes(): Promise<string[]> {
  const { stdout } = await new Deno.Command("ps", { args: ["-A", "-ww", "-o", "args="] }).output();
  return new TextDecoder().decode(stdout).split("\n");
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!await holds()) {
    assert(Date.now() < deadline, "still not so after 10 s");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
