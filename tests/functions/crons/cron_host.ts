/**
 * Imports functions/main.ts as Deno Deploy does, and runs the registered crons at once, all at the same
 * time. Prints the registrations as the first line. CRON_JOBS names the crons to run (default: all),
 * CRON_TICKS how often they run, one tick after the other (default: once).
 */
type Handler = () => Promise<void>;
const crons: { name: string; schedule: string; options: unknown; handler: Handler }[] = [];
Object.assign(Deno, {
  cron: (name: string, schedule: string, options: unknown, handler: Handler) =>
    void crons.push({ name, schedule, options, handler }),
});
await import("../../../functions/main.ts");
console.log(JSON.stringify(crons.map(({ handler: _, ...cron }) => cron)));
const jobs = Deno.env.get("CRON_JOBS")?.split(",");
const due = crons.filter(({ name }) => !jobs || jobs.includes(name));
for (let tick = 0; tick < Number(Deno.env.get("CRON_TICKS") ?? 1); tick++) {
  const results = await Promise.allSettled(due.map(({ handler }) => handler()));
  Deno.exitCode = results.some(({ status }) => status === "rejected") ? 1 : 0;
}
