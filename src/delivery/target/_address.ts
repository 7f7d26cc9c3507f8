import { parseUrl } from "../../http/base_url.ts";
import { CLOSED_IPV4, CLOSED_IPV6, OPEN_IPV6 } from "./_address_ranges.ts";

interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Addresses that begin alike. */
interface Range extends Address {
  /** Bits that are not compared. */
  readonly free: bigint;
}

const OPEN = range(OPEN_IPV6);
const CLOSED = [...CLOSED_IPV4, ...CLOSED_IPV6].map(range);
const LOOPBACK = ["127.0.0.0/8", "::1/128"].map(range);

/** Tells whether the text is an address that everybody can reach. What is no address is not public either. */
export function isPublicAddress(text: string): boolean {
  const address = parseAddress(text);
  if (!address || isIn(CLOSED, address)) return false;
  return address.bits === 32 || isIn([OPEN], address);
}

/** Tells whether the text is an address of the machine itself: 127.0.0.0/8 or ::1, and no other form of them. */
export function isLoopbackAddress(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && isIn(LOOPBACK, address);
}

/** Tells whether the text is an address: four decimals, or IPv6 in any of its forms (RFC 4291 section 2.2). */
export function isAddress(text: string): boolean {
  return parseAddress(text) !== undefined;
}

function isIn(ranges: readonly Range[], { bits, value }: Address): boolean {
  return ranges.some((each) =>
    each.bits === bits && each.value >> each.free === value >> each.free
  );
}

function range(text: string): Range {
  const [first = "", prefix = ""] = text.split("/");
  const address = parseAddress(first);
  if (!address) throw new TypeError(`Cannot use ${text}: wanted a CIDR block`);
  return { ...address, free: BigInt(address.bits - Number(prefix)) };
}

function parseAddress(text: string): Address | undefined {
  const groups = readIpv4(text);
  if (groups) return { bits: 32, value: join(groups, 8n) };
  const hextets = readIpv6(text);
  return hextets && { bits: 128, value: join(hextets, 16n) };
}

function join(groups: readonly number[], width: bigint): bigint {
  return groups.reduce((sum, each) => sum << width | BigInt(each), 0n);
}

// A leading zero is octal for some readers and decimal for others, so it is no address.
function readIpv4(text: string): number[] | undefined {
  if (!/^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/.test(text)) {
    return undefined;
  }
  const bytes = text.split(".").map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

// The URL parser knows all forms, gives the one of RFC 5952, and refuses zones.
function readIpv6(text: string): number[] | undefined {
  if (!/^[\da-f:.]+$/i.test(text)) return undefined;
  const host = parseUrl(`http://[${text}]/`)?.hostname;
  if (host === undefined) return undefined;
  const [head = "", tail] = host.slice(1, -1).split("::");
  const first = hextets(head);
  const last = hextets(tail ?? "");
  const zeros = new Array<number>(8 - first.length - last.length).fill(0);
  return [...first, ...zeros, ...last];
}

function hextets(text: string): number[] {
  return text === ""
    ? []
    : text.split(":").map((each) => Number.parseInt(each, 16));
}
