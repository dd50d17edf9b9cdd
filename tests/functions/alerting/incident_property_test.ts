/** The rules about incidents hold for any sequence of observations. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Alert } from "../../../sdk/mod.ts";
import {
  COOLDOWN_MINUTES,
  FAILED,
  IncidentHistory,
  type Outcome,
  SKIPPED,
} from "./incident_history.ts";

/** A tick: minutes since the one before, what it finds, and the outcome of a mail. */
const TICK = fc.record({
  minutes: fc.constantFrom(1, 1, 1, 2, 7, 60, 200),
  saw: fc.constantFrom<"alert" | "nothing" | "unchecked">("alert", "alert", "nothing", "unchecked"),
  outcome: fc.constantFrom<Outcome>("sent", "sent", "sent", "failed", "lost"),
});
const TICKS = fc.array(TICK, { maxLength: 200, size: "max" });
type Tick = { minutes: number; saw: "alert" | "nothing" | "unchecked"; outcome: Outcome };

/** Plays ticks and calls `check` after each with its minute. */
function play(ticks: readonly Tick[], check: (history: IncidentHistory, minute: number) => void) {
  const history = new IncidentHistory();
  let minute = 0;
  for (const { minutes, saw, outcome } of ticks) {
    minute += minutes;
    const alert = saw === "alert" ? FAILED : undefined;
    history.tick(minute, alert, outcome, saw === "unchecked" ? "load" : "extract");
    check(history, minute);
  }
  return history;
}

Deno.test("mails of an incident are bounded: one, one per cooldown, and one recovery mail (property)", () => {
  fc.assert(fc.property(TICKS, (ticks) => {
    // A mail of a process that died can be sent twice.
    const alive = ticks.map((tick) =>
      tick.outcome === "lost" ? { ...tick, outcome: "failed" as const } : tick
    );
    const { mails } = play(alive, () => {});
    const sent = mails.map((mail) => mail.split(" ")).map(([at, kind]) => ({
      at: Number(at),
      kind,
    }));
    const problems = sent.filter(({ kind }) => kind !== "resolved");
    for (const [place, { at }] of problems.entries()) {
      assert(place === 0 || at - problems[place - 1].at >= COOLDOWN_MINUTES, mails.join(", "));
    }
    // Between two mails about the problem there is at most one that says that it is over.
    const kinds = sent.map(({ kind }) => kind === "resolved" ? "-" : "+").join("");
    assert(!kinds.includes("--"), mails.join(", "));
  }));
});

Deno.test("an incident is resolved by the first check without the alert (property)", () => {
  fc.assert(fc.property(TICKS, (ticks) => {
    let saw: Tick["saw"] = "nothing";
    const queue = [...ticks];
    play(ticks, ({ last }) => {
      saw = queue.shift()!.saw;
      // Another process is sending: the next check decides.
      const isSending = last?.state === "open" && last.mail?.status === "sending";
      if (saw === "nothing" && !isSending) assertEquals(last?.state ?? "resolved", "resolved");
      if (saw === "alert" && last?.mail?.status !== "sending") assertEquals(last?.state, "open");
    });
  }));
});

Deno.test("an alert that persists for the cooldown is sent, whatever came before (property)", () => {
  fc.assert(fc.property(TICKS, (ticks) => {
    let end = 0;
    const history = play(ticks, (_, minute) => end = minute);
    // From here on mails can be sent again.
    history.ticks(end + 1, end + COOLDOWN_MINUTES + 65, FAILED);
    const recent = history.mails.filter((mail) => Number(mail.split(" ")[0]) > end);
    assert(recent.some((mail) => !mail.endsWith("resolved")), JSON.stringify(history.last));
  }));
});

Deno.test("every transient failure is sent, however the mails before it went (property)", () => {
  fc.assert(fc.property(TICKS, (ticks) => {
    const history = new IncidentHistory();
    const found: Alert[] = [];
    let minute = 0;
    for (const { minutes, saw, outcome } of ticks) {
      minute += minutes;
      const alert = saw === "alert" ? { ...SKIPPED, sequence: minute } : undefined;
      if (alert) found.push(alert);
      history.tick(minute, alert, outcome, "load");
    }
    history.ticks(minute + 1, minute + COOLDOWN_MINUTES + 65);
    assertEquals(new Set(history.mailed), new Set(found));
    assertEquals(history.last?.state ?? "resolved", "resolved");
  }));
});
