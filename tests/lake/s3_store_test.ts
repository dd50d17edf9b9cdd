import { ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { DamagedObjectError, LakeError } from "../../sdk/errors.ts";
import { openStore } from "../../sdk/lake/open_store.ts";
import { storeConformance } from "../conformance/store.ts";
import { S3_ENDPOINT, s3Client, s3Test, testBucket } from "../support/s3.ts";
import { type Decide, type Fate, httpFaults } from "./http_faults.ts";

storeConformance("s3", async () => {
  const { store } = await testBucket();
  return { store, close: () => Promise.resolve() };
}, s3Test);

/** Uses a store while the proxy handles its requests as `fate` says. */
async function withFaults(
  url: string,
  fate: Decide,
  act: (store: ReturnType<typeof openStore>, requests: readonly string[]) => Promise<void>,
): Promise<void> {
  await using faults = await httpFaults(S3_ENDPOINT!, fate);
  Deno.env.set("AWS_ENDPOINT_URL_S3", faults.url);
  try {
    await act(openStore(url), faults.requests);
  } finally {
    Deno.env.delete("AWS_ENDPOINT_URL_S3");
  }
}

const bytes = (text: string) => new TextEncoder().encode(text);

async function textOf(store: ReturnType<typeof openStore>, key: string): Promise<string> {
  return await new Response(ReadableStream.from(store.get(key))).text();
}

s3Test("a put whose answer is lost recognises its own object and returns true", async () => {
  const { store: { url } } = await testBucket();
  await withFaults(
    url,
    ({ method }, count) => method === "PUT" && count === 1 ? "lose the answer" : "pass",
    async (store, requests) => {
      assertEquals(await store.put("_log/1.json", bytes("mine")), true);
      assert(requests.filter((request) => request.startsWith("PUT")).length > 1);
      assertEquals(await textOf(store, "_log/1.json"), "mine");
      assertEquals(await store.put("_log/1.json", bytes("mine")), false);
    },
  );
});

s3Test("a put whose answer is lost returns false when another object has the key", async () => {
  const { store: plain } = await testBucket();
  await plain.put("_log/1.json", bytes("theirs"));
  await withFaults(
    plain.url,
    ({ method }, count) => method === "PUT" && count === 1 ? "lose the answer" : "pass",
    async (store) => {
      assertEquals(await store.put("_log/1.json", bytes("mine")), false);
    },
  );
});

s3Test(
  "a multipart put whose last answer is lost recognises its own object and returns true",
  async () => {
    const { bucket, store: { url } } = await testBucket();
    let posts = 0;
    await withFaults(
      url,
      ({ method }) => method === "POST" && ++posts === 2 ? "lose the answer" : "pass",
      async (store) => {
        assertEquals(await store.put("large", zeros(20_000_000)), true);
        assert(posts > 2, `${posts} requests to begin and end an upload`);
        assertEquals(await store.put("large", zeros(20_000_000)), false);
      },
    );
    const { Uploads } = await s3Client().send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    assertEquals(Uploads ?? [], []);
  },
);

for (const calculation of ["when_supported", "when_required"]) {
  s3Test(
    `every write is checked by S3, whose algorithm an upload names at its beginning, ${calculation}`,
    async () => {
      const { store: { url } } = await testBucket();
      const sums: string[] = [];
      // S3 refuses parts with another algorithm than the upload declared; moto accepts them.
      const listen: Decide = ({ method, url, headers }) => {
        const names = Object.keys(headers).filter((name) => name.startsWith("x-amz-checksum-"));
        if (method === "POST" && url.includes("uploads")) {
          sums.push(`begins ${headers["x-amz-checksum-algorithm"]}`);
        }
        if (method === "PUT") {
          sums.push(`${url.includes("partNumber") ? "part" : "whole"} ${names}`);
        }
        return "pass";
      };
      Deno.env.set("AWS_REQUEST_CHECKSUM_CALCULATION", calculation);
      try {
        await withFaults(url, listen, async (store) => {
          assert(await store.put("small", bytes("x")));
          assert(await store.put("large", zeros(10_000_000)));
        });
      } finally {
        Deno.env.delete("AWS_REQUEST_CHECKSUM_CALCULATION");
      }
      const part = "part x-amz-checksum-crc32";
      assertEquals(sums, ["whole x-amz-checksum-crc32", "begins CRC32", part, part]);
    },
  );
}

s3Test("a store that closes the connection is a retryable LakeError", async () => {
  const { store: { url } } = await testBucket();
  await withFaults(url, () => "lose the request", async (store) => {
    for (const act of [() => store.put("a", bytes("x")), () => textOf(store, "a")]) {
      const error = await assertRejects(act, LakeError, "cannot ");
      assertEquals([error.retryable, error.next?.advice], [true, undefined]);
    }
  });
});

s3Test("a missing region is reported with what to set", async () => {
  const { store: { url } } = await testBucket();
  const region = Deno.env.get("AWS_REGION")!;
  Deno.env.delete("AWS_REGION");
  try {
    const error = await assertRejects(() => textOf(openStore(url), "a"), LakeError, "egion");
    assertEquals([error.next?.advice, error.retryable], [
      `for ${url}: set AWS_REGION to the region of the bucket`,
      false,
    ]);
  } finally {
    Deno.env.set("AWS_REGION", region);
  }
});

const PASSING: readonly Fate[] = [
  { status: 500, code: "InternalError" },
  { status: 503, code: "SlowDown" },
  { status: 409, code: "ConditionalRequestConflict" },
];

for (const fate of PASSING) {
  const { status, code } = fate as { status: number; code: string };
  s3Test(`a put is retried after ${status} ${code}`, async () => {
    const { store: { url } } = await testBucket();
    await withFaults(url, (_, count) => count <= 2 ? fate : "pass", async (store) => {
      assertEquals(await store.put("a", bytes("hello")), true);
      assertEquals(await textOf(store, "a"), "hello");
    });
  });
}

s3Test("a store that stays unavailable is a retryable LakeError", async () => {
  const { store: { url } } = await testBucket();
  await withFaults(url, () => ({ status: 503, code: "SlowDown" }), async (store) => {
    const error = await assertRejects(() => store.put("a", bytes("x")), LakeError, "SlowDown");
    assertEquals(error.retryable, true);
    await assertRejects(() => textOf(store, "a"), LakeError, "SlowDown");
    await assertRejects(() => Array.fromAsync(store.list("")), LakeError, "SlowDown");
  });
});

const ADVICE: readonly [number, string, RegExp][] = [
  [403, "AccessDenied", /give the role s3:GetObject, s3:PutObject and s3:ListBucket/],
  [400, "ExpiredToken", /the credentials have expired/],
  [403, "InvalidAccessKeyId", /check the AWS credentials/],
  [403, "SignatureDoesNotMatch", /check the AWS credentials/],
  [301, "PermanentRedirect", /set AWS_REGION to the region of the bucket/],
];

for (const [status, code, advice] of ADVICE) {
  s3Test(`${code} is reported with what fixes it, in any operation`, async () => {
    const { store: { url } } = await testBucket();
    await withFaults(url, () => ({ status, code }), async (store) => {
      for (
        const act of [
          () => store.put("a", bytes("x")),
          () => textOf(store, "a"),
          () => Array.fromAsync(store.list("")),
        ]
      ) {
        const error = await assertRejects(act, LakeError);
        assertMatch(error.next?.advice ?? "", advice);
        assertEquals(error.retryable, false);
      }
    });
  });
}

s3Test("a missing bucket is named, with what to check", async () => {
  const store = openStore("s3://no-such-bucket-anywhere/zone");
  for (const act of [() => store.put("a", bytes("x")), () => Array.fromAsync(store.list(""))]) {
    const error = await assertRejects(act, LakeError, "no-such-bucket-anywhere");
    assertMatch(error.next?.advice ?? "", /check the name of the bucket/);
  }
});

s3Test("a multipart put that fails leaves no part behind", async () => {
  const { bucket, store } = await testBucket();
  const failure = new RangeError("the source went away");
  const error = await assertRejects(() => store.put("large", brokenAfter(20_000_000, failure)));
  assertEquals(error, failure);
  const { Uploads } = await s3Client().send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  assertEquals(Uploads ?? [], []);
  await assertRejects(() => textOf(store, "large"), DamagedObjectError);
});

s3Test("a multipart put to a taken key changes nothing and leaves no part behind", async () => {
  const { bucket, store } = await testBucket();
  await store.put("large", bytes("first"));
  assertEquals(await store.put("large", zeros(20_000_000)), false);
  assertEquals(await textOf(store, "large"), "first");
  const { Uploads } = await s3Client().send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  assertEquals(Uploads ?? [], []);
});

s3Test("a multipart put has one part in memory at a time", async () => {
  const { store } = await testBucket();
  const before = Deno.memoryUsage().external;
  let most = 0;
  await store.put("large", zeros(250_000_000, () => most = Math.max(most, held() - before)));
  assert(most < 150_000_000, `${most} bytes were held`);

  function held(): number {
    return Deno.memoryUsage().external;
  }
});

async function* zeros(size: number, onChunk = () => {}): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; at += 1_000_000) {
    yield await Promise.resolve(new Uint8Array(Math.min(1_000_000, size - at)));
    onChunk();
  }
}

async function* brokenAfter(size: number, failure: Error): AsyncGenerator<Uint8Array> {
  yield* zeros(size);
  throw failure;
}
