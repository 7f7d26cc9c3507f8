import { systemClock } from "../../_internal/clock.ts";
import { Client } from "../../client.ts";
import type { Config, FetchLike } from "../../company_data/mod.ts";
import { ApiError, AuthError } from "../../errors.ts";
import { clientOptions } from "../_client/open_client.ts";
import type { Cli } from "../_command.ts";
import { attempt, type Finding, ok, skip, warn } from "./_finding.ts";

/** Takes a token and reads the catalog, and compares the clocks. */
export async function platformFindings(
  cli: Cli,
  config: Config,
): Promise<Finding[]> {
  const clock = new PlatformClock();
  await using client = new Client(config, {
    ...clientOptions(cli, undefined),
    fetch: clock.fetch,
  });
  const fields = await attempt("catalog", () => client.requestFields());
  if (!("finding" in fields)) {
    return [
      ok("token", "the platform accepts the client"),
      catalogFinding(fields.value.length),
      clock.finding(),
    ];
  }
  const { finding, error } = fields;
  return error instanceof AuthError
    ? [
      { ...finding, check: "token" },
      skip("catalog", "needs a token"),
      clock.finding(),
    ]
    : [tokenBefore(error), finding, clock.finding()];
}

// A call is only made with a token, so an answer to it proves that there was one.
function tokenBefore(error: unknown): Finding {
  return error instanceof ApiError && error.status !== 0
    ? ok("token", "the platform accepts the client")
    : skip("token", "the platform did not answer");
}

function catalogFinding(count: number): Finding {
  if (count > 0) return ok("catalog", `${count} fields`);
  return warn(
    "catalog",
    "the company asks people for nothing",
    { mend: "add fields to the service, or check client_id" },
  );
}

const MOST_SKEW_MS = 60_000;

/** Compares the clock of this machine with the `Date` of the platform's answers. */
class PlatformClock {
  #skewMs: number | undefined;

  readonly fetch: FetchLike = async (url, init) => {
    const response = await fetch(url, init);
    const at = Date.parse(response.headers.get("date") ?? "");
    if (!Number.isNaN(at)) this.#skewMs = systemClock.now() - at;
    return response;
  };

  finding(): Finding {
    if (this.#skewMs === undefined) {
      return skip("clock", "no answer of the platform had a date");
    }
    const seconds = Math.round(Math.abs(this.#skewMs) / 1000);
    if (Math.abs(this.#skewMs) <= MOST_SKEW_MS) {
      return ok("clock", `within ${seconds + 1} s of the platform`);
    }
    const way = this.#skewMs > 0 ? "ahead of" : "behind";
    const detail = `${seconds} s ${way} the platform`;
    return warn(
      "clock",
      detail,
      { mend: "set the clock of this machine, such as by NTP" },
    );
  }
}
