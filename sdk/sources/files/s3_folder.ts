import type { GetObjectCommandOutput } from "@aws-sdk/client-s3";
import { EtlError, SourceError } from "../../errors.ts";
import { openS3 } from "../../lake/s3_client.ts";
import { httpStatusOf, s3Failure } from "../../lake/s3_failure.ts";
import { decodeKey, type S3Location, s3Url } from "../../lake/s3_location.ts";
import type { ByteRange } from "../../lake/store.ts";
import { changedFile, type FileFolder, type FileVersion, isHiddenOrTemporary } from "./folder.ts";

/**
 * Opens a part of a bucket. The AWS SDK takes region, credentials and endpoint from the environment. Needs
 * `s3:ListBucket` and `s3:GetObject`.
 */
export function s3Folder(location: S3Location): FileFolder {
  return new S3Folder(location);
}

class S3Folder implements FileFolder {
  readonly url: string;
  readonly #location: S3Location;

  constructor(location: S3Location) {
    this.#location = location;
    this.url = s3Url(location);
  }

  async *list(isWanted: (name: string) => boolean): AsyncIterable<FileVersion> {
    const { sdk, client } = await openS3();
    const { bucket: Bucket, prefix: Prefix } = this.#location;
    let ContinuationToken: string | undefined;
    do {
      const page = await client.send(
        // A key can contain characters that XML cannot.
        new sdk.ListObjectsV2Command({ Bucket, Prefix, ContinuationToken, EncodingType: "url" }),
      ).catch((error) => {
        throw this.#failure("list", "the files", error);
      });
      for (const { Key = "", ETag, Size = 0, LastModified } of page.Contents ?? []) {
        const name = decodeKey(Key).slice(Prefix.length);
        // A name that ends in a slash is what consoles show as a folder.
        if (name === "" || name.endsWith("/") || isHiddenOrTemporary(name) || !isWanted(name)) {
          continue;
        }
        yield versionOf(name, ETag, Size, LastModified);
      }
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }

  async look(name: string): Promise<FileVersion | undefined> {
    if (isHiddenOrTemporary(name)) return undefined;
    const { sdk, client } = await openS3();
    try {
      const head = await client.send(new sdk.HeadObjectCommand(this.#target(name)));
      return versionOf(name, head.ETag, head.ContentLength ?? 0, head.LastModified);
    } catch (error) {
      if (httpStatusOf(error) === 404) return undefined;
      throw this.#failure("read", name, error);
    }
  }

  async *read(file: FileVersion, range?: ByteRange): AsyncIterable<Uint8Array> {
    if (file.bytes === 0 || range?.start === range?.end && range) return;
    const answer = await this.#get(file, range && `bytes=${range.start}-${range.end - 1}`);
    let left = (range?.end ?? file.bytes) - (range?.start ?? 0);
    try {
      for await (const chunk of answer.Body as AsyncIterable<Uint8Array>) {
        left -= chunk.length;
        yield chunk;
      }
    } catch (error) {
      throw error instanceof EtlError ? error : this.#failure("read", file.name, error);
    }
    if (left !== 0) throw changedFile(file);
  }

  /** Requests a version of an object. Its ETag makes S3 refuse any other. */
  async #get(file: FileVersion, Range?: string): Promise<GetObjectCommandOutput> {
    const { sdk, client } = await openS3();
    const IfMatch = `"${file.version}"`;
    const command = new sdk.GetObjectCommand({ ...this.#target(file.name), IfMatch, Range });
    try {
      return await client.send(command);
    } catch (error) {
      const status = httpStatusOf(error) ?? 0;
      if ([404, 412, 416].includes(status)) throw changedFile(file, error);
      throw this.#failure("read", file.name, error);
    }
  }

  #target(name: string) {
    return { Bucket: this.#location.bucket, Key: this.#location.prefix + name };
  }

  #failure(action: "read" | "list", key: string, cause: unknown): SourceError {
    const failure = s3Failure(cause, { action, key, url: this.url });
    const known = failure instanceof EtlError ? failure : undefined;
    const denied = httpStatusOf(cause) === 403;
    return new SourceError(known?.message ?? `cannot ${action} ${this.url}`, {
      stage: "extract",
      next: denied
        ? `for ${this.url}: give the role s3:ListBucket and s3:GetObject on the bucket`
        : known?.next,
      retryable: known?.retryable,
      cause,
    });
  }
}

function versionOf(name: string, etag = "", bytes: number, modified = new Date(0)): FileVersion {
  return { name, version: etag.replace(/^(W\/)?"|"$/g, ""), bytes, modified };
}
