/**
 * Blocks of IPv4 that no target may be in: all of the IANA IPv4 Special-Purpose Address Registry (RFC 6890) that is
 * not globally reachable, and more for the reason beside each.
 */
export const CLOSED_IPV4: readonly string[] = [
  "0.0.0.0/8", // this network, RFC 791: Linux takes 0.0.0.0 for itself
  "10.0.0.0/8", // private, RFC 1918
  "100.64.0.0/10", // shared by carriers, RFC 6598; 100.100.100.200 is the metadata service of Alibaba Cloud
  "127.0.0.0/8", // loopback, RFC 1122
  "168.63.129.16/32", // public by number, but inside Azure the host's own agent
  "169.254.0.0/16", // link-local, RFC 3927; 169.254.169.254 is the metadata service of most clouds
  "172.16.0.0/12", // private, RFC 1918
  "192.0.0.0/24", // protocol assignments, RFC 6890; 192.0.0.192 is a metadata service of Oracle Cloud
  "192.0.2.0/24", // documentation, RFC 5737
  "192.88.99.0/24", // relays of 6to4, RFC 7526
  "192.168.0.0/16", // private, RFC 1918
  "198.18.0.0/15", // benchmarks, RFC 2544
  "198.51.100.0/24", // documentation, RFC 5737
  "203.0.113.0/24", // documentation, RFC 5737
  "224.0.0.0/4", // multicast, RFC 5771
  "240.0.0.0/4", // reserved, RFC 1112, and broadcast, RFC 919
];

/**
 * All that IANA has opened for global unicast (RFC 4291 section 2.4). What is outside is refused as a whole: `::`,
 * loopback `::1`, IPv4-compatible `::/96`, IPv4-mapped `::ffff:0:0/96`, NAT64 `64:ff9b::/96` (RFC 6052) and
 * `64:ff9b:1::/48` (RFC 8215), discard `100::/64` (RFC 6666), SRv6 `5f00::/16` (RFC 9602), unique local `fc00::/7`
 * (RFC 4193) with the metadata service of AWS in it, link-local `fe80::/10`, site-local `fec0::/10` (RFC 3879) and
 * multicast `ff00::/8`.
 */
export const OPEN_IPV6 = "2000::/3";

/** Blocks inside {@linkcode OPEN_IPV6} that no target may be in: the IANA IPv6 Special-Purpose Address Registry. */
export const CLOSED_IPV6: readonly string[] = [
  "2001::/23", // protocol assignments, RFC 2928: Teredo, benchmarks, ORCHID and others
  "2001:db8::/32", // documentation, RFC 3849
  "2002::/16", // 6to4, RFC 3056: an IPv4 address is in it
  "3fff::/20", // documentation, RFC 9637
];
