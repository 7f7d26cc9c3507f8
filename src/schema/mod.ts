/**
 * JSON Schema draft 7: one wrapper over one validator, for everything in Sluice that checks JSON.
 *
 * @module
 */
export { compileSchema } from "./compile.ts";
export type { Schema } from "./compile.ts";
export { compileNamed, lazySchema } from "./lazy_schema.ts";
export { NamedTable } from "./registry.ts";
export { schemaProblems } from "./problems.ts";
export { describeErrors } from "./schema_error.ts";
export type { SchemaError } from "./schema_error.ts";
