/**
 * The storm's plan: how often each step fails, per thousand occurrences. A tick has a few hundred steps
 * and survives no fatal fault, so these are rare for frequent steps and common where they matter most:
 * at the commits.
 *
 * Bits are flipped only in full objects, whose SHA-256 is checked. Ranges and commits have none, so
 * nothing could detect the damage.
 *
 * @module
 */
import type { Plan } from "./faults.ts";

/** The risks of each step, by the names that the injectors use. */
export const STORM: Plan = {
  "put": {
    "stall": 25,
    "fails": 1,
    "time out": 0.5,
    "cut mid-stream": 1,
    "lost acknowledgement": 1.5,
  },
  "commit": {
    "stall": 25,
    "fails": 5,
    "time out": 3,
    "cut mid-stream": 3,
    "lost acknowledgement": 20,
  },
  "get": {
    "stall": 25,
    "fails": 0.7,
    "time out": 0.5,
    "cut mid-stream": 1,
    "ends early": 1,
    "flipped byte": 1.5,
  },
  "get part": {
    "stall": 18,
    "fails": 0.4,
    "time out": 0.2,
    "cut mid-stream": 0.4,
  },
  "read commit": {
    "stall": 18,
    "fails": 0.7,
    "time out": 0.3,
    "cut mid-stream": 1,
    "ends early": 1,
  },
  "list": {
    "stall": 18,
    "fails": 1,
    "time out": 0.5,
    "cut midway": 1,
  },
  "connect": {
    "stall": 25,
    "refused": 3,
    "cut during login": 3,
    "time out": 1,
  },
  "query": {
    "stall": 18,
    "cut before": 0.4,
    "lost answer": 0.4,
    "time out": 0.2,
    "cancelled": 3,
    "terminated": 0.4,
  },
  "copy out": {
    "stall": 18,
    "cut before": 0.5,
    "cut mid-stream": 2,
    "time out": 0.3,
    "cancelled": 5,
    "terminated": 0.7,
  },
  "copy in": {
    "stall": 18,
    "cut before": 1,
    "cut mid-stream": 3,
    "lost answer": 2,
    "time out": 0.5,
    "cancelled": 4,
    "terminated": 2,
  },
  "merge": {
    "stall": 18,
    "cut before": 0.5,
    "lost answer": 1.5,
    "time out": 0.3,
    "cancelled": 4,
    "terminated": 1,
  },
  "COMMIT": {
    "stall": 25,
    "cut before": 5,
    "lost acknowledgement": 20,
    "time out": 2,
    "cancelled": 5,
    "terminated": 7,
  },
};
