import { verifySignature } from "@sluice/edge/delivery";
import { isSluiceError } from "@sluice/edge/errors";
import { serve, type Served } from "./_serve.ts";

/** Another company, which hears of new addresses. */
export interface Partner extends Served {
  /** What requests are signed with; nothing is believed before it is set. */
  secret: string;
  /** How many requests still meet it while it is down. */
  outages: number;
  /** The newest address of each person that it has heard of. */
  readonly contacts: ReadonlyMap<string, string>;
}

/** Starts it. */
export function startPartner(): Partner {
  const contacts = new Map<string, string>();
  const handled = new Set<string>();
  const receive = async (request: Request): Promise<Response> => {
    if (partner.outages-- > 0) return new Response("down", { status: 503 });
    try {
      const { id, body } = await verifySignature(request, {
        secrets: partner.secret,
      });
      if (handled.has(id)) return new Response(null, { status: 204 });
      handled.add(id);
      const { data } = JSON.parse(new TextDecoder().decode(body));
      contacts.set(data.id, data.email);
      return new Response(null, { status: 204 });
    } catch (error) {
      if (!isSluiceError(error)) throw error;
      return new Response(null, { status: 401 });
    }
  };
  const partner = { ...serve(receive), secret: "", outages: 0, contacts };
  return partner;
}
