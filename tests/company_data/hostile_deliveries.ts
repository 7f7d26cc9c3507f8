import { oddBodies } from "./_hostile_bodies.ts";
import { oddCredentials } from "./_hostile_credentials.ts";
import {
  genuineDelivery,
  type HostileDelivery,
  type HostileWorld,
} from "./_hostile_delivery.ts";

export {
  type HostileDelivery,
  type HostileWorld,
  type Receiver,
  RECEIVERS,
} from "./_hostile_delivery.ts";

/** All deliveries in the order in which they must be sent: what is a duplicate depends on what came before. */
export async function hostileDeliveries(
  world: HostileWorld,
): Promise<HostileDelivery[]> {
  const bodies = await oddBodies(world);
  const genuine = await Promise.all(bodies.map(genuineDelivery));
  return [...genuine, ...await oddCredentials()];
}
