/** A configuration with one of everything; `more` replaces members. */
export function config(
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    name: "Test",
    version: "1.0.0",
    description: "For tests",
    display_name: "Test",
    entry_point: "test.py",
    actions: {
      echo: {
        display_name: "Echo",
        description: "Gives its text back",
        input_schema: {
          type: "object",
          properties: { text: { type: "string" }, times: { default: 2 } },
          required: ["text"],
        },
        output_schema: { type: "string" },
      },
    },
    ...more,
  };
}

/** Credentials of a form with one required field. */
export const FORM: Record<string, unknown> = {
  type: "custom",
  fields: {
    type: "object",
    properties: { api_key: { type: "string" } },
    required: ["api_key"],
  },
};

export const POLLING: { polling_triggers: { news: object } } = {
  polling_triggers: {
    news: {
      display_name: "News",
      description: "Finds news",
      polling_interval: "5m",
      input_schema: {
        type: "object",
        properties: { topic: { type: "string" } },
      },
      output_schema: { type: "object", required: ["title"] },
    },
  },
};
