import { Type } from 'typebox'

/** `host:port`; IPv6 hosts in brackets. Ports end at 65535; 0 takes any free one. */
export const ENDPOINT_PATTERN =
  '^(\\[[0-9A-Fa-f:.]+\\]|[^\\s:\\[\\]]+):(\\d{1,4}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])$'

export const TelemetryConfig = Type.Object(
  {
    metrics: Type.Object(
      {
        endpoint: Type.String({
          default: '127.0.0.1:9464',
          pattern: ENDPOINT_PATTERN,
          expects: 'host:port, for example 127.0.0.1:9464',
          description: 'Where the status page, /metrics, /livez and /readyz are served.',
        }),
        explain: Type.Enum(['loopback', 'always', 'never'], {
          default: 'loopback',
          description:
            'Whether /explain/… and the evidence of /tap are given there: they show identities. `loopback`: only when the endpoint is one of this machine.',
        }),
        owners_max: Type.Integer({
          default: 0,
          minimum: 0,
          maximum: 10_000,
          unit: 'series',
          description:
            'Owners with a series of their own in whosecall_owner_events_total, the first that are seen; those beyond count as __other__. 0: no such metric.',
        }),
        series_max: Type.Integer({
          default: 20_000,
          minimum: 100,
          maximum: 1_000_000,
          unit: 'series',
          description:
            'The worker does not start when its config and its partitions could give more series.',
        }),
      },
      { default: {} },
    ),
    logs: Type.Object(
      {
        level: Type.Union(
          [
            Type.Literal('debug'),
            Type.Literal('info'),
            Type.Literal('warn'),
            Type.Literal('error'),
          ],
          { default: 'info', description: 'The least severe log lines that are written.' },
        ),
        format: Type.Union([Type.Literal('json'), Type.Literal('text')], {
          default: 'json',
          description: 'One JSON object a line, or text for people.',
        }),
      },
      { default: {} },
    ),
  },
  { default: {}, description: 'Metrics, health and logs of the process.' },
)
export type TelemetryConfig = Type.Static<typeof TelemetryConfig>
