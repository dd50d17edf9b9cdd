/**
 * The object store under a prefix of an S3 bucket. An object appears when its put ends, and only if its
 * key is free (`If-None-Match: *`), in one request or in parts.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 * @module
 */
import { shortObject } from "./damage.ts";
import { checkKey } from "./keys.ts";
import { openS3 } from "./s3_client.ts";
import { httpStatusOf, s3Failure } from "./s3_failure.ts";
import { decodeKey, type S3Location, s3Location, s3Url } from "./s3_location.ts";
import { FailureCapture, inParts, PART_BYTES } from "./s3_parts.ts";
import { type ByteRange, checkRange, type ObjectStore, readAll } from "./store.ts";

const CONFLICT_ATTEMPTS = 5;
const CONFLICT_PAUSE_MS = 100;
/** The metadata key that identifies the object of a multipart upload. */
const MARK = "upload";

/** Megabytes over a slow line take time before there is an answer. */
const WHILE_SENDING = { requestTimeout: 60_000 };
/**
 * S3 verifies what it receives. A multipart upload declares the algorithm when it is created:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
const CHECKED = { ChecksumAlgorithm: "CRC32" } as const;

/**
 * Opens the object store under `s3://bucket/prefix`. The AWS SDK takes region, credentials and endpoint
 * from the environment. Nothing is read or created until the store is used.
 *
 * @throws {ConfigurationError} when the URL has no bucket, or has credentials or a query.
 */
export function s3Store(url: string): ObjectStore {
  return new S3Store(s3Location(url, "the lake"));
}

class S3Store implements ObjectStore {
  readonly url: string;
  readonly #location: S3Location;

  constructor(location: S3Location) {
    this.#location = location;
    this.url = s3Url(location);
  }

  async put(key: string, body: AsyncIterable<Uint8Array> | Uint8Array): Promise<boolean> {
    const target = this.#target(key);
    if (body instanceof Uint8Array) return await this.#putOnce(target, body);
    const captured = new FailureCapture(body);
    const parts = inParts(captured);
    try {
      const first = await parts.next();
      const only = first.done || first.value.length < PART_BYTES;
      if (only) return await this.#putOnce(target, first.done ? new Uint8Array() : first.value);
      return await this.#putInParts(target, first.value, parts);
    } catch (error) {
      throw captured.failure ? captured.failure.error : error;
    } finally {
      await parts.return(undefined);
    }
  }

  async *get(key: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    const target = this.#target(key);
    if (range) checkRange(range, key, this.url);
    const { sdk, client } = await openS3();
    if (range && range.start === range.end) {
      const head = await this.#try("read", key, client.send(new sdk.HeadObjectCommand(target)));
      if ((head.ContentLength ?? 0) < range.end) throw shortObject(key, this.url, range.end);
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
      throw shortObject(key, this.url, range.end);
    }
    try {
      yield* answer.Body as AsyncIterable<Uint8Array>;
    } catch (error) {
      throw this.#failure("read", key, error);
    }
  }

  async *list(prefix: string, after?: string): AsyncIterable<string> {
    const { sdk, client } = await openS3();
    const { bucket: Bucket, prefix: root } = this.#location;
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
            // A key can contain characters that XML cannot.
            EncodingType: "url",
          }),
        ),
      );
      for (const { Key = "" } of page.Contents ?? []) yield decodeKey(Key).slice(root.length);
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }

  /** Writes in one request. Repeats it while S3 reports a concurrent request for the same key. */
  async #putOnce(target: Target, Body: Uint8Array): Promise<boolean> {
    const { sdk, client } = await openS3();
    for (let attempt = 1;; attempt++) {
      try {
        await client.send(
          new sdk.PutObjectCommand({ ...target, ...CHECKED, Body, IfNoneMatch: "*" }),
          WHILE_SENDING,
        );
        return true;
      } catch (error) {
        const status = httpStatusOf(error);
        if (status === 412) return wasRepeated(error) && await this.#hasContent(target, Body);
        if (status !== 409 || attempt === CONFLICT_ATTEMPTS) {
          throw this.#failure("write", target.Key, error);
        }
        await pause(CONFLICT_PAUSE_MS * 2 ** attempt * Math.random());
      }
    }
  }

  /**
   * Returns whether the object has these bytes. When the answer to a request was lost, the SDK repeats
   * it, and S3 answers that the key is taken: by the first attempt.
   */
  async #hasContent({ Key }: Target, body: Uint8Array): Promise<boolean> {
    const key = Key.slice(this.#location.prefix.length);
    const found = await readAll(this, key);
    return found.length === body.length && found.every((byte, at) => byte === body[at]);
  }

  /** Writes part by part, with one part in memory. Aborts the upload when it fails. */
  async #putInParts(
    target: Target,
    first: Uint8Array,
    rest: AsyncIterator<Uint8Array>,
  ): Promise<boolean> {
    const { sdk, client } = await openS3();
    const write = <T>(sent: Promise<T>) => this.#try("write", target.Key, sent);
    const mark = crypto.randomUUID();
    const Metadata = { [MARK]: mark };
    const create = new sdk.CreateMultipartUploadCommand({ ...target, ...CHECKED, Metadata });
    const { UploadId } = await write(client.send(create));
    const upload = { ...target, UploadId };
    try {
      // S3 returns the checksum of each part.
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
      // Best effort: the bucket's lifecycle removes the rest, and the error of the put matters more.
      await client.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => {});
      if (httpStatusOf(error) === 412) return false;
      throw this.#failure("write", target.Key, error);
    }
  }

  /** Returns whether this upload wrote the object, although the answer to its completion was lost. */
  async #isMarked(target: Target, mark: string): Promise<boolean> {
    const { sdk, client } = await openS3();
    const found = await client.send(new sdk.HeadObjectCommand(target)).catch(() => null);
    return found?.Metadata?.[MARK] === mark;
  }

  #target(key: string): Target {
    checkKey(key);
    return { Bucket: this.#location.bucket, Key: this.#location.prefix + key };
  }

  async #try<T>(action: "read" | "write" | "list", key: string, sent: Promise<T>): Promise<T> {
    return await sent.catch((error) => {
      throw this.#failure(action, key, error);
    });
  }

  #failure(action: "read" | "write" | "list", path: string, error: unknown): unknown {
    const { prefix } = this.#location;
    const key = path.startsWith(prefix) ? path.slice(prefix.length) : path;
    return s3Failure(error, { action, key, url: this.url });
  }
}

interface Target {
  readonly Bucket: string;
  readonly Key: string;
}

function wasRepeated(error: unknown): boolean {
  return ((error as { $metadata?: { attempts?: number } }).$metadata?.attempts ?? 1) > 1;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
