/** A source of exchange rates: the documents and the model of the golden lake of a source. */
import type { Model } from "../../../schemas/model.ts";
import type { FactSpec, SourceTableSpec } from "../../../schemas/table.ts";
import { RefusedDocumentError } from "../../../sdk/errors.ts";
import { ByteMeter } from "../../../sdk/lake/byte_meter.ts";
import type { Delivery, Source } from "../../../sdk/sources/source.ts";

const rate = {
  name: "rate",
  key: "rate_id",
  columns: { rate_id: { type: "text" }, rate: { type: "numeric" } },
} as const satisfies SourceTableSpec;

const factRate = {
  name: "fact_rate",
  kind: "fact",
  surrogate: "rate_record_id",
  key: "rate_id",
  from: "rate",
  columns: { rate_id: { type: "text" }, rate: { type: "numeric" } },
} as const satisfies FactSpec;

/** A model whose only source delivers rates. */
export const ratesModel: Model = {
  source: [],
  warehouse: [],
  sources: { rates: { source: [rate], warehouse: [factRate] } },
};

/** Delivers a day, a day that was never published, the first day again, and a body that is not JSON. */
export const rates: Source = {
  name: "rates",
  async *deliveries() {
    yield await Promise.resolve(document("2026-11-27/eur", "1", '{"gbp":"0.8743","usd":"1.1592"}'));
    yield {
      name: "2026-11-28/eur",
      version: "",
      table: "rate",
      bytes: 0,
      sha256: "",
      outcome: "missing",
      reason: "not published within 3 days",
    };
    yield document("2026-11-27/eur", "2", '{"gbp":"0.8745","jpy":"181.1"}');
    yield document("2026-11-29/eur", "1", "<html></html>");
  },
};

function document(name: string, version: string, body: string): Delivery {
  const bytes = new TextEncoder().encode(body);
  return {
    name,
    version,
    table: "rate",
    body: bytes,
    async *rows() {
      if (!body.startsWith("{")) throw new RefusedDocumentError("the body is not JSON");
      const rates = await Promise.resolve(Object.entries(JSON.parse(body) as object));
      yield rates.map(([code, rate]) => ({ rate_id: `${name}/${code}`, rate }));
    },
    size: () => {
      const meter = new ByteMeter();
      meter.add(bytes);
      return { bytes: meter.bytes, sha256: meter.sha256() };
    },
  };
}
