/** The telemetry room: metrics, logs, health and time of the machine behind the core ports. */
export {
  createAdminServer,
  parseEndpoint,
  type AdminRoute,
  type AdminServerOptions,
  type Health,
} from './admin-server.ts'
export { CATALOGUE, LIMITS, type Limit, type MetricName, type MetricRow } from './catalogue.ts'
export { createDeadline, systemClock, type ArmedDeadline } from './clock.ts'
export { ENDPOINT_PATTERN, TelemetryConfig } from './config.ts'
export { createLogger, type LoggerOptions } from './logger.ts'
export { createMeter, type MeterOptions, type PrometheusMeter } from './meter.ts'
