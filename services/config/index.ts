/**
 * The config room: YAML text → positions → defaults → typed config, for any TypeBox schema, with errors that name the
 * place, the legal values and the nearest one.
 */
export { CONFIG_CODES, type ConfigCode } from './codes.ts'
export { formatDiagnostics, sortDiagnostics, type Diagnostic } from './diagnostic.ts'
export { diagnosticAt, type Finding, type Located, type Span } from './located.ts'
export { nearest } from '#/core/nearest.ts'
export { childPointer, displayPath, pointerOf } from './pointer.ts'
export { printConfig } from './print.ts'
export { jsonSchemaOf, optionsTable } from './publish.ts'
export { readConfig, type Check, type ConfigInput, type ConfigResult, type Report } from './read.ts'
export { REDACTED, redactUrls } from './redact.ts'
export { ANNOTATIONS, componentMap, componentType, unionByType } from './schema.ts'
