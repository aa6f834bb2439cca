import { Rejected } from "@roomlog/backend"
import { Cause, Effect, Exit, Layer, Option, type Scope, Tracer } from "effect"
import { FetchHttpClient } from "effect/http"
import { OtlpExporter, OtlpSerialization, OtlpTracer } from "effect/observability"
import { harmless } from "./harmless.ts"

export interface TracingOptions {
  /** Where the collector takes OTLP over HTTP, as http://127.0.0.1:4318; nothing is traced when empty. */
  readonly endpoint: string
  readonly node: string
  readonly version: string
}

/** A tracer that sends its spans to the collector every second, and the last of them when the scope closes. */
export const openTracer = ({
  endpoint,
  node,
  version,
}: TracingOptions): Effect.Effect<Tracer.Tracer | undefined, never, Scope.Scope> =>
  endpoint === ""
    ? Effect.succeed(undefined)
    : Effect.gen(function* () {
        const transport = yield* Layer.build(
          Layer.mergeAll(FetchHttpClient.layer, OtlpSerialization.layerJson, OtlpExporter.layerFlusher),
        )
        const tracer = yield* OtlpTracer.make({
          url: `${endpoint.replace(/\/+$/, "")}/v1/traces`,
          resource: {
            serviceName: "roomlog",
            serviceVersion: version,
            attributes: { "service.instance.id": node },
          },
          exportInterval: "1 second",
          shutdownTimeout: "2 seconds",
        }).pipe(Effect.provide(transport))
        return withoutWords(tracer)
      })

/** The same tracer, whose spans keep of failures what logs keep of them. A refusal is no failure. */
const withoutWords = (tracer: Tracer.Tracer): Tracer.Tracer =>
  Tracer.make({
    span: (options) => {
      const span = tracer.span(options)
      const end = span.end.bind(span)
      span.end = (time, exit) => end(time, exitOf(exit, span))
      return span
    },
  })

const exitOf = (exit: Exit.Exit<unknown, unknown>, span: Tracer.Span): Exit.Exit<unknown, unknown> => {
  if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return exit
  const error = Option.getOrElse(Cause.findErrorOption(exit.cause), () => Cause.squash(exit.cause))
  if (error instanceof Rejected) {
    span.attribute("rejection", error.rejection._tag)
    return Exit.void
  }
  const { type, message, code, stack } = harmless(error)
  const kept = Object.assign(new Error(message ?? code ?? type), { name: type })
  kept.stack = stack ?? ""
  return Exit.fail(kept)
}
