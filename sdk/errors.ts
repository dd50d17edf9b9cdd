/**
 * The errors that the pipeline throws on purpose. Each has a cause, a place and a remedy.
 *
 * @module
 */
import type { Remedy } from "./remedy.ts";

/** The context of an error, and its remedy. */
export interface ErrorContext {
  /** The stage: `extract`, `transform`, `load`, `reconcile`, `lake`, `configuration`… */
  readonly stage?: string;
  /** The table that was being processed. */
  readonly table?: string;
  /** The id of the run that failed, as in its object keys. */
  readonly run?: string;
  /** The remedy; a string is its `advice`. */
  readonly next?: Remedy | string;
  /** Whether the same call can succeed later without any change. */
  readonly retryable?: boolean;
  /** The error underneath. */
  readonly cause?: unknown;
}

/** The base class of every expected error of the pipeline. */
export class EtlError extends Error {
  /** The stage that failed. */
  readonly stage?: string;
  /** The table that was being processed. */
  readonly table?: string;
  /** The id of the run that failed. */
  readonly run?: string;
  /** The remedy. */
  readonly next?: Remedy;
  /** Whether the same call can succeed later without any change. */
  readonly retryable: boolean;

  /** Builds the error; `context` says where it happened. */
  constructor(message: string, context: ErrorContext = {}) {
    super(message, { cause: context.cause });
    this.name = new.target.name;
    this.stage = context.stage;
    this.table = context.table;
    this.run = context.run;
    this.next = typeof context.next === "string" ? { advice: context.next } : context.next;
    this.retryable = context.retryable ?? false;
  }
}

/** A setting is missing or malformed. Exit code 2. */
export class ConfigurationError extends EtlError {}

/** A source could not be read. */
export class SourceError extends EtlError {}

/** So many rows are missing in the source that an operator must confirm the deletion. */
export class MassDeletionError extends SourceError {}

/** The warehouse could not be read or written. */
export class WarehouseError extends EtlError {}

/** The lake could not be read or written, or its content is inconsistent. */
export class LakeError extends EtlError {}

/** An object of the lake is missing or differs from what was written. */
export class DamagedObjectError extends LakeError {}

/** The most characters of a message that contains values. */
const MAX_CHARACTERS = 1000;

function shortened(message: string): string {
  return message.length > MAX_CHARACTERS
    ? `${message.slice(0, MAX_CHARACTERS).toWellFormed()}…`
    : message;
}

/** A row cannot become a warehouse row. The message names its table, key, column and value. */
export class RowError extends EtlError {
  /** Builds the error; a long message is cut. */
  constructor(message: string, context: ErrorContext = {}) {
    super(shortened(message), context);
  }
}

/** A document of a source cannot be read at all. The message says why, with the line where there is one. */
export class RefusedDocumentError extends EtlError {
  /** Builds the error; a long message is cut. */
  constructor(message: string, context: ErrorContext = {}) {
    super(shortened(message), context);
  }
}

/** A document changed while it was read. Nothing of it is kept, and a later run reads it. */
export class ChangedDocumentError extends EtlError {}

/** Too many rows of a batch are invalid: the batch itself must be wrong. */
export class QuarantineError extends EtlError {}

/** A run was asked to stop and stopped cleanly: nothing is lost, and the next one resumes. */
export class StoppedError extends EtlError {}
