/**
 * OpenTelemetry spans through the exporter that is built into Deno. It is on when OTEL_DENO is `true`.
 * Without it nothing is recorded.
 *
 * @module
 */

/** The part of an OpenTelemetry span that is used here. */
interface Span {
  setAttribute(name: string, value: string | number): void;
  setStatus(status: { readonly code: number; readonly message?: string }): void;
  end(time?: number): void;
}

/** The part of an OpenTelemetry tracer that is used here. */
interface Tracer {
  startActiveSpan<T>(name: string, body: (span: Span) => Promise<T>): Promise<T>;
  startSpan(name: string, options: { readonly startTime: number }): Span;
}

type Attributes = Readonly<Record<string, string | number | undefined>>;

const ERROR = 2;

/** Null when Deno does not export spans: its tracer throws then, which is surer than a variable. */
const tracer = usableTracer();

function usableTracer(): Tracer | null {
  try {
    const found = Deno.telemetry.tracerProvider.getTracer("totesys") as Tracer;
    found.startSpan("probe", { startTime: Date.now() });
    return found;
  } catch {
    return null;
  }
}

/** Runs `work` in a span. Requests and log lines of `work` belong to that span. */
export async function inSpan<T>(
  name: string,
  work: () => Promise<T>,
  attributes: () => Attributes = () => ({}),
): Promise<T> {
  if (!tracer) return await work();
  return await tracer.startActiveSpan(name, async (span) => {
    try {
      return await work();
    } catch (error) {
      // Only the name: a message can quote a row.
      span.setStatus({ code: ERROR, message: error instanceof Error ? error.name : "Error" });
      throw error;
    } finally {
      annotate(span, attributes());
      span.end();
    }
  });
}

/** Records a span that has ended as part of the current one. Times are milliseconds since 1970. */
export function recordSpan(name: string, from: number, to: number, attributes: Attributes): void {
  if (!tracer) return;
  const span = tracer.startSpan(name, { startTime: from });
  annotate(span, attributes);
  span.end(to);
}

function annotate(span: Span, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) span.setAttribute(name, value);
  }
}
