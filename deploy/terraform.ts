/**
 * Plans and applies the Terraform module.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EtlError } from "../sdk/errors.ts";
import { exists } from "./files.ts";
import { environmentFor, type Output, runCommand } from "./command.ts";
import { type AppNames, knownOutputs, type Outputs, type PrintedOutputs } from "./outputs.ts";

/** The folder of the module in the repository. */
export const MODULE = fileURLToPath(new URL("../terraform/", import.meta.url));

/** The file that configures where Terraform stores its state. */
export const BACKEND_FILE = "backend.hcl";

/** The exit code of `terraform plan -detailed-exitcode` when there are changes. */
const CHANGES = 2;

/** A plan. It is saved to a file, so that exactly this plan is applied. */
export interface TerraformPlan {
  /** Whether there is anything to change. */
  readonly changes: boolean;
  /** The plan as Terraform prints it. */
  readonly text: string;
  /** The app that can assume the role. */
  readonly names: AppNames;
  /** Whether the app serves the dashboard. */
  readonly dashboard: boolean;
  /** The outputs that are known before the apply. */
  readonly outputs: Partial<Outputs>;
}

/** The Terraform module in a folder. */
export class Terraform {
  readonly #dir: string;
  readonly #planFile: string;

  /** Works on a folder of Terraform files. `planFile` is where the plan is saved. */
  constructor(dir: string, planFile: string) {
    this.#dir = dir;
    this.#planFile = planFile;
  }

  /** Initializes the folder. Changes nothing in AWS. @throws {EtlError} */
  async init(): Promise<void> {
    const backend = await exists(join(this.#dir, BACKEND_FILE));
    await this.#run(["init", ...(backend ? [`-backend-config=${BACKEND_FILE}`] : [])]);
  }

  /** Compares AWS with the module. Changes nothing. @throws {EtlError} */
  async plan(): Promise<TerraformPlan> {
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
      dashboard: plan.variables?.dashboard?.value === true,
      outputs: knownOutputs(plan.planned_values?.outputs ?? {}),
    };
  }

  /** Applies the saved plan. @throws {EtlError} */
  async apply(onLine: (line: string) => void): Promise<void> {
    await this.#run(["apply", this.#planFile], [0], onLine);
  }

  /** Returns the module's outputs. @throws {EtlError} */
  async outputs(): Promise<PrintedOutputs> {
    return JSON.parse((await this.#run(["output", "-json"])).stdout);
  }

  async #run(
    [command, ...rest]: readonly string[],
    accepted: readonly number[] = [0],
    onLine?: (line: string) => void,
  ): Promise<Output> {
    const quiet = ["init", "plan", "apply"].includes(command) ? ["-input=false", "-no-color"] : [];
    const output = await runCommand("terraform", [command, ...quiet, ...rest], {
      cwd: this.#dir,
      // Terraform needs neither the databases' passwords nor the token of Deno Deploy.
      env: { ...environmentFor(/^(AWS|TF)_/), TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1" },
      onLine,
    });
    if (accepted.includes(output.code)) return output;
    throw new EtlError(`terraform ${command} failed:\n${output.stderr.trim()}`, {
      stage: "terraform",
      next: this.#unlocking(output.stderr) ??
        "fix what it names, then run deno task deploy again: it continues from there",
    });
  }

  /** Returns how to unlock the state when a killed Terraform has left it locked. */
  #unlocking(stderr: string): string | undefined {
    const [, lock] = /state lock[\s\S]*?\bID:\s+(\S+)/.exec(stderr) ?? [];
    return lock &&
      `if no other deployment is running: terraform -chdir=${this.#dir} force-unlock ${lock}`;
  }
}

interface PrintedPlan {
  readonly variables?: Readonly<Record<string, { readonly value?: unknown }>>;
  readonly planned_values?: { readonly outputs?: PrintedOutputs };
}
