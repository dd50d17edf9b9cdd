import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { parseSetting, readSettings } from "../../../functions/settings/read.ts";
import { flagOf, SETTING_NAMES, SETTINGS } from "../../../functions/settings/table.ts";
import type { Setting } from "../../../functions/settings/setting.ts";
import { ConfigurationError } from "../../../sdk/errors.ts";
import { CHUNK_ROWS } from "../../../sdk/extract/extract.ts";
import { REFERENCE_CURRENCY } from "../../../sdk/derive/converted_views.ts";
import { RECONCILE_EVERY_MS } from "../../../sdk/operate/run.ts";
import { QUARANTINE_LIMIT } from "../../../sdk/transform/transform.ts";

for (const name of SETTING_NAMES) {
  const setting: Setting = SETTINGS[name];
  Deno.test(`the example and the default of ${name} are valid`, () => {
    setting.parse(setting.example);
    if (setting.default !== undefined) setting.parse(setting.default);
  });
}

Deno.test("the defaults of the settings are those of the SDK's options", () => {
  const nothing = () => undefined;
  const names = [
    "RECONCILE_MINUTES",
    "QUARANTINE_LIMIT",
    "CHUNK_ROWS",
    "REFERENCE_CURRENCY",
  ] as const;
  assertEquals(readSettings(nothing, names), {
    RECONCILE_MINUTES: RECONCILE_EVERY_MS,
    QUARANTINE_LIMIT,
    CHUNK_ROWS,
    REFERENCE_CURRENCY,
  });
});

Deno.test("the error about a setting says what it is and gives an example", () => {
  const { message } = assertThrows(
    () => parseSetting("--chunk-rows", SETTINGS.CHUNK_ROWS, "many"),
    ConfigurationError,
  );
  assertMatch(
    message,
    /^--chunk-rows is not a whole number from 1 up\. Set it to the .*, for example \d+$/,
  );
});

Deno.test("flagOf() returns the setting's name in lower case with dashes", () => {
  assertEquals(flagOf("SOURCE_URL"), "source-url");
});
