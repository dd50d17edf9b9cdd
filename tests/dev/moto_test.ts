import { assert, assertEquals } from "@std/assert";
import { MOTO_MISSING, motoIsInstalled, startMoto } from "../../dev/moto.ts";

const ignore = !await motoIsInstalled();
if (ignore) console.warn(`note: startMoto() is not tested: ${MOTO_MISSING}`);

Deno.test({
  name: "stop() ends the S3 server that startMoto() started",
  ignore,
  fn: async () => {
    const moto = (await startMoto())!;
    const put = await fetch(`${moto.url}/a-bucket`, { method: "PUT" });
    assertEquals([put.status, (await put.text()).includes("Error")], [200, false]);
    assert(await answers(moto.url));
    await moto.stop();
    assert(!await answers(moto.url));
    await moto.stop();
  },
});

Deno.test({
  name: "startMoto() gives every caller a server of their own",
  ignore,
  fn: async () => {
    const [one, other] = await Promise.all([startMoto(), startMoto()]);
    await using _stack = stackOf(one!, other!);
    assert(one!.url !== other!.url);
    await (await fetch(`${one!.url}/mine`, { method: "PUT" })).body?.cancel();
    const found = await fetch(`${other!.url}/mine`);
    await found.body?.cancel();
    assertEquals(found.status, 404);
  },
});

Deno.test({
  name: "startMoto() leaves no server behind when its owner is killed",
  ignore,
  fn: async () => {
    await using owner = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", new URL("moto_owner.ts", import.meta.url).pathname],
      stdout: "piped",
    }).spawn();
    const output = owner.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const url = (await output.read()).value!.trim();
    assert(await answers(url));
    owner.kill("SIGKILL");
    await owner.status;
    await output.cancel();
    const deadline = Date.now() + 10_000;
    while (await answers(url)) {
      assert(Date.now() < deadline, "still there after 10 s");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  },
});

function stackOf(...resources: AsyncDisposable[]): AsyncDisposableStack {
  const stack = new AsyncDisposableStack();
  for (const resource of resources) stack.use(resource);
  return stack;
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/moto-api/data.json`);
    await answer.body?.cancel();
    return true;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return false;
  }
}
