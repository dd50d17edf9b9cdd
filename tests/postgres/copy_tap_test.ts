import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { CopiedRows } from "../../sdk/postgres/copied_rows.ts";
import { CopyTap } from "../../sdk/postgres/copy_tap.ts";

/** A message of the server. */
interface Message {
  readonly type: string;
  readonly body: string;
}

const RESPONSE: Message = { type: "H", body: "\0\0\0" };
const DONE: Message = { type: "c", body: "" };
const row = (body: string): Message => ({ type: "d", body });

function bytesOf(messages: readonly Message[]): Buffer {
  return Buffer.concat(messages.map(({ type, body }) => {
    const message = Buffer.alloc(5 + Buffer.byteLength(body));
    message.write(type);
    message.writeInt32BE(message.length - 1, 1);
    message.write(body, 5);
    return message;
  }));
}

/** A socket whose data the test supplies, with a listener that opens a COPY as postgres.js does. */
class FakeSocket extends EventEmitter {
  readonly tap = new CopyTap(this as unknown as Socket, () => this.copiesIn++);
  copiesIn = 0;
  readonly copies: CopiedRows[] = [];
  #passed = Buffer.alloc(0);
  #complete = 0;
  isPaused = false;

  constructor() {
    super();
    this.on("data", (data: Buffer) => {
      this.#passed = Buffer.concat([this.#passed, data]);
      for (const { type } of this.#messages().slice(this.#complete)) {
        if (type === "H") this.copies.push(this.tap.open());
        this.#complete++;
      }
    });
  }

  pause() {
    this.isPaused = true;
  }

  resume() {
    this.isPaused = false;
  }

  /** The messages that were passed to the listener. */
  #messages(): Message[] {
    const messages: Message[] = [];
    for (let at = 0; at + 5 <= this.#passed.length;) {
      const end = at + 1 + this.#passed.readInt32BE(at + 1);
      if (end > this.#passed.length) break;
      const type = this.#passed.toString("utf8", at, at + 1);
      messages.push({ type, body: this.#passed.toString("utf8", at + 5, end) });
      at = end;
    }
    return messages;
  }

  get passed(): Message[] {
    assertEquals(bytesOf(this.#messages()).length, this.#passed.length);
    return this.#messages();
  }

  /** Receives bytes in pieces that end at these places. */
  receive(bytes: Buffer, cuts: readonly number[] = []): void {
    const ends = [...cuts, bytes.length].map((end) => Math.min(end, bytes.length));
    let start = 0;
    for (const end of ends.sort((a, b) => a - b)) {
      if (end > start) this.emit("data", Buffer.from(bytes.subarray(start, end)));
      start = end;
    }
  }
}

async function chunksOf(copy: CopiedRows): Promise<string[]> {
  const texts: string[] = [];
  for await (const chunk of copy.read()) texts.push(Buffer.from(chunk).toString());
  return texts;
}

Deno.test("CopyTap takes the rows and passes all other messages, wherever data is cut", async () => {
  const other = fc.record({
    type: fc.constantFrom("Z", "S", "N", "D", "C", "T", "A"),
    body: fc.string({ maxLength: 12 }),
  }, { noNullPrototype: true });
  const rows = fc.string({ maxLength: 30 }).map(row);
  const copy = fc.record({
    before: fc.array(other, { maxLength: 3 }),
    body: fc.array(fc.oneof({ weight: 4, arbitrary: rows }, other), { maxLength: 12 }),
    after: fc.array(other, { maxLength: 3 }),
  }, { noNullPrototype: true });
  await fc.assert(fc.asyncProperty(
    fc.array(copy, { maxLength: 3 }),
    fc.array(fc.nat(600), { maxLength: 30 }),
    async (copies, cuts) => {
      const messages = copies.flatMap(({ before, body, after }) => {
        return [...before, RESPONSE, ...body, DONE, ...after];
      });
      const socket = new FakeSocket();
      socket.receive(bytesOf(messages), cuts);
      assertEquals(socket.passed, messages.filter(({ type }) => type !== "d"));
      const texts = await Promise.all(socket.copies.map(chunksOf));
      assertEquals(
        texts.map((chunks) => chunks.join("")),
        copies.map(({ body }) =>
          body.filter(({ type }) => type === "d").map(({ body }) => body).join("")
        ),
      );
    },
  ));
});

Deno.test("CopyTap takes the response to a COPY FROM STDIN when it is complete, wherever data is cut", () => {
  const before = { type: "C", body: "CREATE TABLE\0" };
  const ready = { type: "G", body: "\x01\0\x02\0\x01\0\x01" };
  const after = { type: "Z", body: "T" };
  const bytes = bytesOf([before, ready, after]);
  const complete = bytesOf([before, ready]).length;
  const places = Array.from(bytes.keys());
  for (const cuts of [[], ...places.map((place) => [place]), places]) {
    const socket = new FakeSocket();
    const ends = [...cuts, bytes.length];
    let start = 0;
    for (const end of ends) {
      socket.receive(bytes.subarray(start, end));
      assertEquals(socket.copiesIn, end >= complete ? 1 : 0);
      start = end;
    }
    assertEquals(socket.passed, [before, after]);
  }
});

Deno.test("CopyTap takes the same rows when data is cut at any byte, or at every byte", async () => {
  const messages = [RESPONSE, row("a\n"), row("b".repeat(300) + "\n"), row("é\n"), DONE];
  const bytes = bytesOf([...messages, { type: "Z", body: "I" }]);
  const places = Array.from(bytes.keys());
  for (const cuts of [...places.map((place) => [place]), places]) {
    const socket = new FakeSocket();
    socket.receive(bytes, cuts);
    assertEquals(await chunksOf(socket.copies[0]), [`a\n${"b".repeat(300)}\né\n`]);
    assertEquals(socket.passed.map(({ type }) => type).join(""), "HcZ");
  }
});

Deno.test("CopyTap yields chunks of whole rows, and a large row alone", async () => {
  const small = "x".repeat(999) + "\n";
  const large = "y".repeat(1e6) + "\n";
  const texts = [...Array(600).fill(small), large, small, large, large, small];
  const bytes = bytesOf([RESPONSE, ...texts.map(row), DONE]);
  const socket = new FakeSocket();
  socket.receive(bytes, Array.from({ length: 100 }, (_, n) => n * 65_536));
  const chunks = await chunksOf(socket.copies[0]);
  assertEquals(chunks.join(""), texts.join(""));
  assert(
    chunks.every((chunk) => chunk === large || (chunk.length <= 2 ** 18 && chunk.endsWith("x\n"))),
  );
  assertEquals(chunks.length, 8);
});

Deno.test("CopyTap pauses the socket until its reader asks for more", async () => {
  const socket = new FakeSocket();
  const rows = bytesOf(Array(100).fill(row("x".repeat(999) + "\n")));
  socket.receive(bytesOf([RESPONSE]));
  const read = socket.copies[0].read();
  for (let n = 0; n < 5; n++) socket.receive(rows);
  assertEquals(socket.isPaused, false);
  socket.receive(rows);
  assertEquals(socket.isPaused, true);
  for (let n = 0; n < 2; n++) assertEquals((await read.next()).done, false);
  const last = read.next();
  assertEquals(socket.isPaused, false);
  socket.receive(bytesOf([DONE]));
  assertEquals((await last).value?.length, 76_000);
  assertEquals((await read.next()).done, true);
});

Deno.test("CopyTap resumes a socket that was paused when the last row came", async () => {
  const socket = new FakeSocket();
  const rows = Array(600).fill(row("x".repeat(999) + "\n"));
  socket.receive(bytesOf([RESPONSE, ...rows, DONE]));
  assertEquals(socket.isPaused, true);
  assertEquals((await chunksOf(socket.copies[0])).join("").length, 600_000);
  assertEquals(socket.isPaused, false);
});

Deno.test("CopyTap throws a failure after the chunks that wait", async () => {
  const socket = new FakeSocket();
  const rows = Array(300).fill(row("x".repeat(999) + "\n"));
  socket.receive(bytesOf([RESPONSE, ...rows]));
  socket.copies[0].fail(new Error("the server was killed"));
  const read = socket.copies[0].read();
  assertEquals((await read.next()).value?.length, 262_000);
  await assertRejects(() => read.next(), Error, "the server was killed");
});

Deno.test("CopyTap keeps no rows of a COPY that its reader has left", async () => {
  const socket = new FakeSocket();
  socket.receive(bytesOf([RESPONSE, ...Array(600).fill(row("x".repeat(999) + "\n"))]));
  for await (const _ of socket.copies[0].read()) break;
  assertEquals(socket.isPaused, true);
});
