/** Commands that the page suggests. */
export const NEXT = {
  run: "deno task etl run",
  status: "deno task etl status",
  reconcile: "deno task etl reconcile",
  verify: "deno task etl verify",
  help: "deno task etl help",
  deploy: "deno task deploy",
} as const;
