/** The delivery worker of the examples, which may reach the receivers of the tests and does not wait long. */
import { allowLoopback } from "../../src/delivery/mod.ts";
import example, {
  type Env,
  Shop as Example,
  type Storage,
} from "../../examples/cloudflare_delivery/worker.ts";

/** The object of the example. */
export class Shop extends Example {
  constructor(state: { readonly storage: Storage }, env: Env) {
    super(state, env, {
      targetPolicy: { [allowLoopback]: true },
      // Longer than a run waits: only an alarm comes in time.
      retryDelaysMs: [1_200],
    });
  }
}

export default example;
