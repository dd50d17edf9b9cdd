/**
 * The errors that the pipeline throws on purpose. Each says what failed, where, why, and what fixes it.
 *
 * @module
 */
import type { Remedy } from "./remedy.ts";

/** Where an error happened and what helps. */
export interface ErrorContext {
  /** The part of the pipeline: `extract`, `transform`, `load`, `reconcile`, `lake`, `configuration`… */
  readonly stage?: string;
  /** The table being worked on. */
  readonly table?: string;
  /** The run that failed, as in its object keys. */
  readonly run?: string;
  /** What fixes it; a string is its `advice`. */
  readonly next?: Remedy | string;
  /** True when the same call may succeed later without anyone changing anything. */
  readonly retryable?: boolean;
  /** The error underneath. */
  readonly cause?: unknown;
}

/** The base of every error the pipeline throws on purpose. */
export class EtlError extends Error {
  /** The part of the pipeline that failed. */
  readonly stage?: string;
  /** The table being worked on. */
  readonly table?: string;
  /** The run that failed. */
  readonly run?: string;
  /** What fixes it. */
  readonly next?: Remedy;
  /** True when the same call may succeed later without anyone changing anything. */
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

/** The source database could not be read. */
export class SourceError extends EtlError {}

/** So many rows are gone from the source that a person must say whether that is right. */
export class MassDeletionError extends SourceError {}

/** The warehouse could not be read or written. */
export class WarehouseError extends EtlError {}

/** The lake could not be read or written, or what it holds cannot be right. */
export class LakeError extends EtlError {}

/** An object of the lake is not there, or is not what was written. */
export class DamagedObjectError extends LakeError {}

/** Characters of a row's value that a message shows at most: a value may be a whole book. */
const SHOWN = 1000;

/** A row cannot become a row of the warehouse. The message names its table, key, column and value. */
export class RowError extends EtlError {
  /** Builds the error; a message that goes on and on is cut. */
  constructor(message: string, context: ErrorContext = {}) {
    const cut = () => `${message.slice(0, SHOWN).toWellFormed()}…`;
    super(message.length > SHOWN ? cut() : message, context);
  }
}

/** So many rows of a batch are bad that the batch itself must be wrong. */
export class QuarantineError extends EtlError {}

/** A run was asked to stop, and did so in order: nothing is lost, and the next one goes on. */
export class StoppedError extends EtlError {}
