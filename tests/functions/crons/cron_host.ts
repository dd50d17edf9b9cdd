/**
 * Imports functions/main.ts as Deno Deploy does, and runs the crons it registers once, together,
 * rather than at the next full minute. Prints the registrations as the first line. CRON_JOBS names the
 * crons to run, all when it is not set; CRON_TICKS says how often, one after the other.
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
