/** Names that stand for the machine, its network or its cloud, with all names below them. */
const CLOSED_NAMES: readonly string[] = [
  "alt", // outside of the DNS, RFC 9476
  "arpa", // infrastructure, RFC 3172, with home.arpa of RFC 8375 in it
  "corp", // private networks, RFC 6762 appendix G, never to be delegated (ICANN, 2018)
  "default", // a service of Kubernetes, completed by its search list
  "home", // as corp
  "internal", // private networks (ICANN, 2024), with metadata.google.internal in it
  "intranet", // RFC 6762 appendix G
  "invalid", // RFC 6761 section 6.4
  "lan", // RFC 6762 appendix G
  "local", // multicast DNS, RFC 6762, with cluster.local of Kubernetes in it
  "localdomain", // what distributions write beside localhost
  "localhost", // RFC 6761 section 6.3
  "metadata.goog", // the metadata service of Google Cloud
  "metadata.tencentyun.com", // the metadata service of Tencent Cloud
  "onion", // Tor, RFC 7686
  "private", // RFC 6762 appendix G
  "svc", // as default
];

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const TOP_LABEL = /^(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/;
const MOST_NAME_CHARS = 253;

/**
 * Tells whether a name, in the form that a `URL` gives it and without a dot at its end, can be one of the public DNS.
 * What it leads to is another matter.
 */
export function isPublicName(name: string): boolean {
  const labels = name.split(".");
  return name.length <= MOST_NAME_CHARS && labels.length > 1 &&
    labels.every((label) => LABEL.test(label)) &&
    TOP_LABEL.test(labels.at(-1) ?? "") &&
    !CLOSED_NAMES.some((closed) =>
      name === closed || name.endsWith(`.${closed}`)
    );
}
