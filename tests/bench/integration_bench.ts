import {
  ActionResult,
  type ContextLike,
  Integration,
} from "../../src/integration/mod.ts";
import { compileSchema } from "../../src/schema/mod.ts";
import { compare, perSecond, type Row } from "./_measure.ts";

const CALLS = 20_000;

const INPUT = {
  type: "object",
  properties: {
    customer: { type: "string", minLength: 1 },
    items: {
      type: "array",
      items: {
        type: "object",
        properties: {
          sku: { type: "string" },
          count: { type: "integer", minimum: 1 },
        },
        required: ["sku", "count"],
      },
    },
    note: { type: ["string", "null"] },
  },
  required: ["customer", "items"],
};
const OUTPUT = {
  type: "object",
  properties: { total: { type: "integer" } },
  required: ["total"],
};
const INPUTS = {
  customer: "Anna",
  items: [{ sku: "a", count: 1 }, { sku: "b", count: 2 }, {
    sku: "c",
    count: 3,
  }],
  note: null,
};

type Inputs = typeof INPUTS;

async function order(inputs: Inputs): Promise<ActionResult> {
  await Promise.resolve();
  const total = inputs.items.reduce((sum, { count }) => sum + count, 0);
  return new ActionResult({ total }, { costUsd: 0 });
}

/** `executeAction` against the bare handler with the two validations alone. */
export async function integrationBench(): Promise<Row[]> {
  const integration = await Integration.load({
    name: "Bench",
    version: "1.0.0",
    description: "",
    actions: {
      order: { description: "", input_schema: INPUT, output_schema: OUTPUT },
    },
  });
  integration.action("order")(order);
  const context: ContextLike = {
    auth: {},
    fetch: () => Promise.reject(new Error("nobody may fetch here")),
  };
  const inputs = compileSchema(INPUT);
  const outputs = compileSchema(OUTPUT);
  const { ratio, subject, ceiling } = await compare(CALLS, {
    subject: () =>
      times(() => integration.executeAction("order", INPUTS, context)),
    ceiling: () =>
      times(async () => {
        if (inputs.errors(INPUTS).length > 0) return;
        outputs.errors((await order(INPUTS)).data);
      }),
    rounds: 5,
  });
  return [{
    what: "executeAction() of a small action",
    reached: perSecond(subject, "actions"),
    ceiling: perSecond(ceiling, "handler and validation alone"),
    ratio,
    wanted: 0.6,
  }];
}

async function times(call: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < CALLS; i++) await call();
}
