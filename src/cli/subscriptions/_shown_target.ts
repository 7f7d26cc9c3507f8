import { withoutQueries } from "../../_internal/url_queries.ts";
import type { Subscription } from "../../delivery/mod.ts";

/** The target as it may be shown: its query may be a secret. */
export function shownTarget({ to }: Pick<Subscription, "to">): string {
  return withoutQueries(to);
}
