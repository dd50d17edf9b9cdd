/** Plans a deployment of the real module. The simulation of AWS creates no databases. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { MOTO_MISSING, motoIsInstalled, startMoto } from "../../dev/moto.ts";
import { openModuleCopy, whyNoTerraform } from "../terraform/module_copy.ts";
import { S3_ENDPOINT } from "../support/s3.ts";
import { slowTest } from "../support/slow.ts";
import { newInstallation } from "./installation.ts";

const VARIABLES = `
region                  = "eu-west-2"
deno_org                = "acme"
deno_app                = "totesys"
alert_sender            = "etl@example.com"
alert_recipients        = ["data@example.com"]
warehouse_allowed_cidrs = ["0.0.0.0/0"]
`;

const OVERRIDE = 'terraform {\n  backend "local" {}\n}\nprovider "aws" {\n  max_retries = 1\n}\n';

const unavailable = await whyNoTerraform() ??
  (await motoIsInstalled() && S3_ENDPOINT !== undefined ? null : MOTO_MISSING);

slowTest({
  name: "deploy --plan of the real module shows every step before the first apply",
  ignore: unavailable !== null,
  sanitizeResources: false,
  sanitizeOps: false,
  fn: async () => {
    const module = await openModuleCopy({ override: OVERRIDE });
    if (typeof module === "string") {
      return console.warn(`note: terraform/ is not planned: ${module}`);
    }
    await using _module = module;
    await using moto = (await startMoto({ fillGaps: true }))!;
    await using installation = await newInstallation();
    await Deno.writeTextFile(join(module.dir, "terraform.tfvars"), VARIABLES);
    await Deno.writeTextFile(join(module.dir, "backend.hcl"), "# the override decides\n");
    const config = join(module.dir, "terraform.rc");
    const hasConfig = await Deno.stat(config).then(() => true, () => false);
    const { code, text } = await installation.deploy(["--plan"], {
      AWS_ENDPOINT_URL: moto.url,
      TF_CLI_CONFIG_FILE: hasConfig ? config : Deno.env.get("TF_CLI_CONFIG_FILE") ?? "",
    }, module.dir);
    assertEquals(code, 0, text);
    for (
      const part of [
        "aws_db_instance.warehouse will be created",
        "role loader in the new warehouse: new password",
        "totesys_reader in 127.0.0.1",
        "--region eu",
        "env add INGESTION_URL s3://totesys-ingestion-123456789012-eu-west-2",
        "env add WAREHOUSE_URL secretsmanager://totesys/warehouse",
        "store a new password of the dashboard in the secret dashboard_password",
        "env add DASHBOARD_PASSWORD secretsmanager://totesys/dashboard_password",
        "env add DASHBOARD_URL https://totesys.acme.deno.net",
      ]
    ) assertStringIncludes(text, part);
  },
});
