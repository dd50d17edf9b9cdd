import type { TextColumn as TextSpec } from "../../../schemas/columns.ts";
import { NO_DATE, readDays } from "../calendar_bytes.ts";
import type { TypeCodec } from "../type_codec.ts";
import {
  addTextSizes,
  type CopyField,
  textAt,
  TextBuffer,
  type TextsColumn,
  writeTexts,
} from "../texts.ts";
import { copyText } from "../unescape.ts";

/** Returns the codec of `text` and its formats. */
export function textCodec({ format }: TextSpec): TypeCodec<TextsColumn> {
  const buffer = new TextBuffer();
  const copy = format === "date" ? copyDate : copyText;
  return {
    storage: "text",
    decode: (fields, place, odd, nulls) => buffer.decode(fields, place, odd, nulls, copy),
    encode(text: string) {
      if (typeof text !== "string") throw new RangeError(`${text} is not text`);
      if (!text.isWellFormed() || text.includes("\0")) {
        throw new RangeError(`${JSON.stringify(text)} has a NUL, or half of a character`);
      }
      return text;
    },
    valueAt: textAt,
    addSizes: addTextSizes,
    write: writeTexts,
  };
}

const copyDate: CopyField = (bytes, from, to, out, at) =>
  readDays(bytes, from, to) === NO_DATE ? -1 : copyText(bytes, from, to, out, at);
