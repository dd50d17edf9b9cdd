/**
 * Imports functions/main.ts as Deno Deploy does, and runs the crons it registers once, together,
 * rather than at the next full minute. Prints the registrations as the first line.
 */
type Handler = () => Promise<void>;
const crons: { name: string; schedule: string; handler: Handler }[] = [];
Object.assign(Deno, {
  cron: (name: string, schedule: string, handler: Handler) =>
    void crons.push({ name, schedule, handler }),
});
await import("../../functions/main.ts");
console.log(JSON.stringify(crons.map(({ name, schedule }) => ({ name, schedule }))));
const results = await Promise.allSettled(crons.map(({ handler }) => handler()));
Deno.exitCode = results.some(({ status }) => status === "rejected") ? 1 : 0;
