/** A base URL that may be used, without slashes at its end, or what is wrong with it. */
export type BaseUrl = { readonly base: string } | { readonly problem: string };

/**
 * Reads the base of a platform that credentials are sent to: https, or http on a loopback host, and nothing in it but
 * host and path. The problem never repeats the text, which may hold a password.
 */
export function readBaseUrl(text: string): BaseUrl {
  const url = parseUrl(text.trim());
  if (!url) return { problem: "wanted an absolute URL" };
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return { problem: "wanted an https URL" };
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    return { problem: "wanted https, because http is for loopback hosts only" };
  }
  if (url.username !== "" || url.password !== "") {
    return { problem: "wanted a URL without user name and password" };
  }
  if (/[?#]/.test(text)) {
    return { problem: "wanted a URL without query and fragment" };
  }
  return { base: url.origin + url.pathname.replace(/\/+$/, "") };
}

/** `new URL`, or `undefined` where that would throw. */
export function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

// RFC 6761 section 6.3 gives all of .localhost to the loopback; the URL parser has made every IPv4 form four decimals.
function isLoopback(hostname: string): boolean {
  return hostname === "[::1]" || /(?:^|\.)localhost$/.test(hostname) ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
