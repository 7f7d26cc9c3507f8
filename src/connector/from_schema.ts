import type { XStatic } from "typebox/schema";

/**
 * What TypeBox reads out of a schema; use {@linkcode FromSchema}.
 *
 * @internal
 */
export type SchemaValue<Schema> = XStatic<Schema>;

/** The type of the values that match a schema: one made with TypeBox, or JSON Schema written `as const`. */
export type FromSchema<Schema> = SchemaValue<Schema>;

/** A JSON Schema whose values are objects, such as `Type.Object({…})` of TypeBox. */
export interface ObjectSchema {
  /** Always an object. */
  readonly type: "object";
  /** The schemas of its members. */
  readonly properties?: Readonly<Record<string, object>>;
  /** The members that must be there. */
  readonly required?: readonly string[] | undefined;
}
