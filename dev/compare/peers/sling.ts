import { COLUMNS, KEY, type Peer, type Place, TABLE, WATERMARK, withPassword } from "../peer.ts";

/** The newest version whose PyPI package has the program in it. */
const PACKAGE = "sling-linux-amd64==1.4.11";

/** Sling in incremental mode, by key and watermark. */
export const sling: Peer = {
  name: "Sling 1.4.11, incremental",
  packages: [PACKAGE],
  table: `public.${TABLE}`,
  columns: COLUMNS,
  command: async ({ source, destination, folder, home }) => ({
    command: await program(home),
    args: [
      "run",
      ...["--src-conn", `${withPassword(source)}?sslmode=disable`],
      ...["--src-stream", `public.${TABLE}`],
      ...["--tgt-conn", `${withPassword(destination)}?sslmode=disable`],
      ...["--tgt-object", `public.${TABLE}`],
      ...["--mode", "incremental", "--primary-key", KEY, "--update-key", WATERMARK],
    ],
    env: {
      SLING_DISABLE_TELEMETRY: "true",
      SLING_HOME_DIR: folder,
      SLING_LOGGING: "NO_COLOR",
    },
  }),
};

/** Returns the path of the program. The folder has Python's version in its name. */
async function program(home: Place["home"]): Promise<string> {
  for await (const { name } of Deno.readDir(`${home}/lib`)) {
    if (!name.startsWith("python")) continue;
    return `${home}/lib/${name}/site-packages/sling_linux_amd64/bin/sling-linux-amd64`;
  }
  throw new Error(`${home} has no Python`);
}
