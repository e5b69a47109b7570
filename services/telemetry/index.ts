/** The telemetry room: metrics, logs, health and time of the machine behind the core ports. */
export {
  createAdminServer,
  parseEndpoint,
  type AdminRoute,
  type AdminServerOptions,
  type Health,
} from './admin-server.ts'
export { addUp, ended, fold, silent, type MetricSnapshot, type SnapshotFamily } from './add-up.ts'
export { CATALOGUE, LIMITS, type Limit, type MetricName } from './catalogue.ts'
export { seriesOf, type MetricRow, type SeriesBounds } from './metric-row.ts'
export { createDeadline, systemClock, type ArmedDeadline } from './clock.ts'
export { ENDPOINT_PATTERN, TelemetryConfig } from './config.ts'
export { createLogger, type LoggerOptions } from './logger.ts'
export {
  createMeter,
  type Exposition,
  type MeterOptions,
  type PrometheusMeter,
  type Sample,
} from './meter.ts'
