/**
 * Terraform, in the folder of the module: what it would change, and the change.
 *
 * @module
 */
import { join } from "node:path";
import { EtlError } from "../sdk/errors.ts";
import { exists } from "./files.ts";
import { environmentFor, type Output, runCommand } from "./command.ts";
import { type AppNames, knownOutputs, type Outputs, type PrintedOutputs } from "./outputs.ts";

/** Where Terraform keeps its state, as `terraform init` is told. */
export const BACKEND_FILE = "backend.hcl";

const CHANGES = 2;

/** What Terraform would do, kept in a file so that exactly this is done. */
export interface InfrastructurePlan {
  /** False when everything is as it should be. */
  readonly changes: boolean;
  /** The plan, for people. */
  readonly text: string;
  /** Whose app may take the role. */
  readonly names: AppNames;
  /** The outputs as they would be, as far as that is known. */
  readonly outputs: Partial<Outputs>;
}

/** Terraform in the folder of a module. */
export class Infrastructure {
  readonly #dir: string;
  readonly #planFile: string;

  /** For the module in a folder. What is planned is kept in a file. */
  constructor(dir: string, planFile: string) {
    this.#dir = dir;
    this.#planFile = planFile;
  }

  /** Prepares the folder. Nothing is changed in AWS. @throws {EtlError} */
  async init(): Promise<void> {
    const backend = await exists(join(this.#dir, BACKEND_FILE));
    await this.#run(["init", ...(backend ? [`-backend-config=${BACKEND_FILE}`] : [])]);
  }

  /** Compares what is there with what should be. Nothing is changed. @throws {EtlError} */
  async plan(): Promise<InfrastructurePlan> {
    const args = ["plan", "-detailed-exitcode", `-out=${this.#planFile}`];
    const { code, stdout } = await this.#run(args, [0, CHANGES]);
    const plan: PrintedPlan = JSON.parse(
      (await this.#run(["show", "-json", this.#planFile], [0])).stdout,
    );
    return {
      changes: code === CHANGES,
      text: stdout.trim(),
      names: {
        org: String(plan.variables?.deno_org?.value),
        app: String(plan.variables?.deno_app?.value),
      },
      outputs: knownOutputs(plan.planned_values?.outputs ?? {}),
    };
  }

  /** Does what was planned, and nothing else. @throws {EtlError} */
  async apply(onLine: (line: string) => void): Promise<void> {
    await this.#run(["apply", this.#planFile], [0], onLine);
  }

  /** What the module says of what there is. @throws {EtlError} */
  async outputs(): Promise<PrintedOutputs> {
    return JSON.parse((await this.#run(["output", "-json"])).stdout);
  }

  async #run(
    [command, ...rest]: readonly string[],
    fine: readonly number[] = [0],
    onLine?: (line: string) => void,
  ): Promise<Output> {
    const quiet = ["init", "plan", "apply"].includes(command) ? ["-input=false", "-no-color"] : [];
    const output = await runCommand("terraform", [command, ...quiet, ...rest], {
      cwd: this.#dir,
      // No database's password, and no key to the app: neither is Terraform's business.
      env: { ...environmentFor(/^(AWS|TF)_/), TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1" },
      onLine,
    });
    if (fine.includes(output.code)) return output;
    throw new EtlError(`terraform ${command} failed:\n${output.stderr.trim()}`, {
      stage: "terraform",
      next: this.#unlocking(output.stderr) ??
        "mend what it names, and run deno task deploy again: it goes on from there",
    });
  }

  /** Whoever was cut off has left the state locked, and would leave it so for ever. */
  #unlocking(stderr: string): string | undefined {
    const [, lock] = /state lock[\s\S]*?\bID:\s+(\S+)/.exec(stderr) ?? [];
    return lock &&
      `if no other deployment is under way: terraform -chdir=${this.#dir} force-unlock ${lock}`;
  }
}

interface PrintedPlan {
  readonly variables?: Readonly<Record<string, { readonly value?: unknown }>>;
  readonly planned_values?: { readonly outputs?: PrintedOutputs };
}
