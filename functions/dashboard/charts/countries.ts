/**
 * Names of countries, as ISO 3166-1 numbers: those of the map.
 *
 * @module
 */
import countries from "i18n-iso-countries";
import english from "i18n-iso-countries/langs/en.json" with { type: "json" };

countries.registerLocale(english);

/** Names that the package does not know, as alpha-2 codes. */
const FURTHER_NAMES: Readonly<Record<string, string>> = {
  "bouvet island (bouvetoya)": "BV",
  "british indian ocean territory (chagos archipelago)": "IO",
  "cape verde": "CV",
  "czech republic": "CZ",
  "democratic people's republic of korea": "KP",
  "falkland islands": "FK",
  "ivory coast": "CI",
  "kyrgyz republic": "KG",
  "libyan arab jamahiriya": "LY",
  "micronesia": "FM",
  "moldova": "MD",
  "saint martin": "MF",
  "sint maarten": "SX",
  "svalbard & jan mayen islands": "SJ",
  "swaziland": "SZ",
  "the gambia": "GM",
};

/** Returns the ISO 3166-1 number of a country (`"410"`), or undefined for a name of none. */
export function countryNumber(name: string): string | undefined {
  const trimmed = name.trim();
  const alpha2 = FURTHER_NAMES[trimmed.toLowerCase()] ??
    countries.getAlpha2Code(trimmed, "en") ?? countries.getSimpleAlpha2Code(trimmed, "en") ??
    (countries.isValid(trimmed.toUpperCase())
      ? countries.toAlpha2(trimmed.toUpperCase())
      : undefined);
  return alpha2 === undefined ? undefined : countries.alpha2ToNumeric(alpha2);
}
