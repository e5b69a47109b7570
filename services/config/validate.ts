import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { fillDefaults, takesType } from './defaults.ts'
import { findingOf, missingKey, type SchemaFinding, type Shape } from './findings.ts'
import { childPointer } from './pointer.ts'
import { ANNOTATIONS, isSchemaNode, type SchemaNode } from './schema.ts'

/**
 * Ajv checks the value once the defaults are in. It knows only what is wrong with each part; what of that is worth
 * saying is chosen here: of a union the branch that was meant, of a misspelt key not also that it is missing.
 */

const compiled = new WeakMap<SchemaNode, ValidateFunction>()

/** Fills defaults into `value` and returns everything that is wrong with it. */
export function validateValue(
  schema: SchemaNode,
  value: unknown,
  shape: Shape,
): readonly SchemaFinding[] {
  const validate = compileSchema(schema)
  fillDefaults(schema, value)
  if (validate(value)) return []
  const errors = chooseBranches(validate.errors ?? [])
  const meant = new Set<string>()
  const findings: SchemaFinding[] = []
  for (const error of errors.filter(({ keyword }) => keyword !== 'required')) {
    if (shape.broken.has(error.instancePath)) continue
    const finding = findingOf(schema, error, shape)
    if (finding.nearest !== undefined) meant.add(childPointer(error.instancePath, finding.nearest))
    findings.push(finding)
  }
  for (const error of errors.filter(({ keyword }) => keyword === 'required')) {
    const child = childPointer(error.instancePath, error.params['missingProperty'])
    // A misspelt key is reported once, not also as a missing one.
    if (meant.has(child) || shape.broken.has(error.instancePath)) continue
    findings.push(missingKey(error))
  }
  return findings
}

function compileSchema(schema: SchemaNode): ValidateFunction {
  const known = compiled.get(schema)
  if (known) return known
  const ajv = new Ajv2020({
    strict: true,
    allErrors: true,
    verbose: true,
    discriminator: true,
    allowUnionTypes: true,
  })
  addFormats.default(ajv)
  for (const keyword of ANNOTATIONS) ajv.addKeyword(keyword)
  const validate = ajv.compile(schema)
  compiled.set(schema, validate)
  return validate
}

/** Of a plain union, keeps the errors of the branch whose type the value has; without one, the union's own error. */
function chooseBranches(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  let kept = [...errors]
  for (const union of errors.filter(({ keyword }) => keyword === 'anyOf')) {
    const branches = Array.isArray(union.schema) ? union.schema.filter(isSchemaNode) : []
    const chosen = branches.findIndex((branch) => takesType(branch, union.data))
    const prefix = `${union.schemaPath}/`
    kept = kept.filter((error) => {
      if (error === union) return chosen === -1
      if (!error.schemaPath.startsWith(prefix) || !isInside(error, union)) return true
      return chosen !== -1 && error.schemaPath.startsWith(`${prefix}${chosen}/`)
    })
  }
  return kept
}

function isInside(error: ErrorObject, union: ErrorObject): boolean {
  return (
    error.instancePath === union.instancePath ||
    error.instancePath.startsWith(`${union.instancePath}/`)
  )
}
