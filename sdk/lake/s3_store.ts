/**
 * The object store over a prefix of an S3 bucket. An object appears when its put ends, and only if its
 * key is free (`If-None-Match: *`), whether it went in one request or in parts.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 * @module
 */
import process from "node:process";
import type { S3Client } from "@aws-sdk/client-s3";
import { ConfigurationError, DamagedObjectError, LakeError } from "../errors.ts";
import { checkKey } from "./keys.ts";
import { httpStatusOf, s3Failure } from "./s3_failure.ts";
import { FailureCapture, inParts, PART_BYTES } from "./s3_parts.ts";
import { readWhole } from "./read_object.ts";
import type { ByteRange, ObjectStore } from "./store.ts";

const CONFLICT_ATTEMPTS = 5;
const CONFLICT_PAUSE_MS = 100;
/** The metadata by which an upload in parts knows its own object. */
const MARK = "upload";

/** An answer that does not come must become an error: a run that hangs would block all after it. */
const TIMEOUTS = {
  connectionTimeout: 5_000,
  requestTimeout: 10_000,
  // Without it, a request that takes too long is only warned of.
  throwOnRequestTimeout: true,
  socketTimeout: 60_000,
};
/** Megabytes may have to get through a slow line before there is an answer. */
const WHILE_SENDING = { requestTimeout: 60_000 };
/**
 * S3 checks what arrives. An upload in parts must say at its beginning by which sums:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
const CHECKED = { ChecksumAlgorithm: "CRC32" } as const;

/**
 * Opens the object store kept under `s3://bucket/prefix`. Region, credentials and endpoint are what
 * the AWS SDK finds in the environment. Nothing is read or created until the store is used.
 *
 * @throws {ConfigurationError} when the URL names no bucket, or holds credentials or a query.
 */
export function s3Store(url: string): ObjectStore {
  return new S3Store(placeOf(url));
}

interface S3Location {
  readonly bucket: string;
  /** Empty, or ending in a slash. */
  readonly prefix: string;
}

type Sdk = typeof import("@aws-sdk/client-s3");

interface Opened {
  readonly sdk: Sdk;
  readonly client: S3Client;
}

class S3Store implements ObjectStore {
  readonly url: string;
  readonly #place: S3Location;
  #opened: Promise<Opened> | undefined;

  constructor(place: S3Location) {
    this.#place = place;
    const path = `${place.bucket}/${place.prefix}`.replace(/\/$/, "");
    this.url = `s3://${path.split("/").map(encodeURIComponent).join("/")}`;
  }

  async put(key: string, body: AsyncIterable<Uint8Array> | Uint8Array): Promise<boolean> {
    const target = this.#target(key);
    if (body instanceof Uint8Array) return await this.#putWhole(target, body);
    const watched = new FailureCapture(body);
    const parts = inParts(watched);
    try {
      const first = await parts.next();
      const only = first.done || first.value.length < PART_BYTES;
      if (only) return await this.#putWhole(target, first.done ? new Uint8Array() : first.value);
      return await this.#putInParts(target, first.value, parts);
    } catch (error) {
      throw watched.failure ? watched.failure.error : error;
    } finally {
      await parts.return(undefined);
    }
  }

  async *get(key: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    const target = this.#target(key);
    checkRange(range, key, this.url);
    const { sdk, client } = await this.#open();
    if (range && range.start === range.end) {
      const head = await this.#try("read", key, client.send(new sdk.HeadObjectCommand(target)));
      if ((head.ContentLength ?? 0) < range.end) throw this.#tooShort(key, range);
      return;
    }
    const Range = range && `bytes=${range.start}-${range.end - 1}`;
    const answer = await this.#try(
      "read",
      key,
      client.send(new sdk.GetObjectCommand({ ...target, Range })),
    );
    if (range && answer.ContentLength !== range.end - range.start) {
      (answer.Body as { destroy?: () => void } | undefined)?.destroy?.();
      throw this.#tooShort(key, range);
    }
    try {
      yield* answer.Body as AsyncIterable<Uint8Array>;
    } catch (error) {
      throw this.#failure("read", key, error);
    }
  }

  async *list(prefix: string, after?: string): AsyncIterable<string> {
    const { sdk, client } = await this.#open();
    const { bucket: Bucket, prefix: root } = this.#place;
    let ContinuationToken: string | undefined;
    do {
      const page = await this.#try(
        "list",
        prefix,
        client.send(
          new sdk.ListObjectsV2Command({
            Bucket,
            Prefix: root + prefix,
            StartAfter: after === undefined ? undefined : root + after,
            ContinuationToken,
            // XML cannot hold every character that a key can.
            EncodingType: "url",
          }),
        ),
      );
      for (const { Key = "" } of page.Contents ?? []) yield decodeKey(Key).slice(root.length);
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }

  /** One request, repeated while S3 says that another one for the same key is under way. */
  async #putWhole(target: Target, Body: Uint8Array): Promise<boolean> {
    const { sdk, client } = await this.#open();
    for (let attempt = 1;; attempt++) {
      try {
        await client.send(
          new sdk.PutObjectCommand({ ...target, ...CHECKED, Body, IfNoneMatch: "*" }),
          WHILE_SENDING,
        );
        return true;
      } catch (error) {
        const status = httpStatusOf(error);
        if (status === 412) return wasRepeated(error) && await this.#holds(target, Body);
        if (status !== 409 || attempt === CONFLICT_ATTEMPTS) {
          throw this.#failure("write", target.Key, error);
        }
        await pause(CONFLICT_PAUSE_MS * 2 ** attempt * Math.random());
      }
    }
  }

  /**
   * Whether the object is this very one: the SDK repeats a request whose answer was lost, and then
   * hears that the key is taken, by itself.
   */
  async #holds({ Key }: Target, body: Uint8Array): Promise<boolean> {
    const key = Key.slice(this.#place.prefix.length);
    const found = await readWhole(this, key);
    return found.length === body.length && found.every((byte, at) => byte === body[at]);
  }

  /** A part at a time: that is all the memory it takes. What fails is taken back. */
  async #putInParts(
    target: Target,
    first: Uint8Array,
    rest: AsyncIterator<Uint8Array>,
  ): Promise<boolean> {
    const { sdk, client } = await this.#open();
    const write = <T>(sent: Promise<T>) => this.#try("write", target.Key, sent);
    const mark = crypto.randomUUID();
    const Metadata = { [MARK]: mark };
    const create = new sdk.CreateMultipartUploadCommand({ ...target, ...CHECKED, Metadata });
    const { UploadId } = await write(client.send(create));
    const upload = { ...target, UploadId };
    try {
      // With each part its sum, as S3 has counted it.
      const Parts: { PartNumber: number; ETag?: string }[] = [];
      let next: IteratorResult<Uint8Array> = { done: false, value: first };
      for (let PartNumber = 1; !next.done; PartNumber++, next = await rest.next()) {
        const part = { ...upload, ...CHECKED, PartNumber, Body: next.value };
        const command = new sdk.UploadPartCommand(part);
        Parts.push({ ...await write(client.send(command, WHILE_SENDING)), PartNumber });
      }
      await client.send(
        new sdk.CompleteMultipartUploadCommand({
          ...upload,
          MultipartUpload: { Parts },
          IfNoneMatch: "*",
        }),
      );
      return true;
    } catch (error) {
      if (wasRepeated(error) && await this.#isMarked(target, mark)) return true;
      // Best effort: the bucket's lifecycle removes what stays, and the put's own failure matters more.
      await client.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => {});
      if (httpStatusOf(error) === 412) return false;
      throw this.#failure("write", target.Key, error);
    }
  }

  /** Whether the object is this very upload's, whose end was answered by nothing that arrived. */
  async #isMarked(target: Target, mark: string): Promise<boolean> {
    const { sdk, client } = await this.#open();
    const found = await client.send(new sdk.HeadObjectCommand(target)).catch(() => null);
    return found?.Metadata?.[MARK] === mark;
  }

  #target(key: string): Target {
    checkKey(key);
    return { Bucket: this.#place.bucket, Key: this.#place.prefix + key };
  }

  /** The SDK is large: it is loaded when a lake on S3 is used, and only then. */
  #open(): Promise<Opened> {
    return this.#opened ??= (async () => {
      const sdk = await import("@aws-sdk/client-s3");
      const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env;
      const forcePathStyle = Boolean(AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL);
      return { sdk, client: new sdk.S3Client({ forcePathStyle, requestHandler: TIMEOUTS }) };
    })();
  }

  async #try<T>(action: "read" | "write" | "list", key: string, sent: Promise<T>): Promise<T> {
    return await sent.catch((error) => {
      throw this.#failure(action, key, error);
    });
  }

  #failure(action: "read" | "write" | "list", path: string, error: unknown): unknown {
    const { prefix } = this.#place;
    const key = path.startsWith(prefix) ? path.slice(prefix.length) : path;
    return s3Failure(error, { action, key, url: this.url });
  }

  #tooShort(key: string, { end }: ByteRange): DamagedObjectError {
    return new DamagedObjectError(`${key} in ${this.url} is shorter than ${end} bytes`, {
      stage: "lake",
    });
  }
}

interface Target {
  readonly Bucket: string;
  readonly Key: string;
}

function placeOf(url: string): S3Location {
  // The URL stays out of the messages: it may hold a secret.
  const fail = (problem: string): never => {
    throw new ConfigurationError(`the lake's address ${problem}`, {
      stage: "configuration",
      next: "use a URL such as s3://my-bucket/ingestion; credentials come from the environment",
    });
  };
  const found = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(url);
  if (!found) return fail("names no bucket");
  const [, bucket, path = ""] = found;
  if (/[?#]/.test(path)) return fail("has a ? or #, which in a path is written %3F or %23");
  try {
    const prefix = path.split("/").filter(Boolean).map(decodeURIComponent).join("/");
    if (prefix !== "") checkKey(prefix);
    return { bucket, prefix: prefix === "" ? "" : `${prefix}/` };
  } catch {
    return fail("has a path that cannot be one");
  }
}

function checkRange(range: ByteRange | undefined, key: string, url: string): void {
  if (!range) return;
  const { start, end } = range;
  if (Number.isInteger(start) && Number.isInteger(end) && start >= 0 && end >= start) return;
  throw new LakeError(`${start} to ${end} is no range of ${key} in ${url}`, { stage: "lake" });
}

function decodeKey(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll("+", " "));
}

function wasRepeated(error: unknown): boolean {
  return ((error as { $metadata?: { attempts?: number } }).$metadata?.attempts ?? 1) > 1;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
