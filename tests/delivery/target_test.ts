import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  allowLoopback,
  checkTarget,
  checkTargetUrl,
  type TargetPolicy,
} from "../../src/delivery/target/check_target.ts";
import { ApiError, ValidationError } from "../../src/errors.ts";

const SECRET = "hunter2";
const HOST = "wanted a host of the public internet";
const FORM = "wanted an absolute https URL";
const PORT = "wanted one of the ports 443, 8443, got";
const USER = "wanted a URL without user name and password";
const SEEN = "wanted a URL without blanks, backslashes";
const PERCENT = "wanted a host without percent-encoding";
const FRAGMENT = "wanted a URL without a fragment";

// Each address is reached over https and with a path, so that the host alone is the reason.
const HOSTILE_HOSTS: readonly string[] = [
  // loopback: decimal, hexadecimal, octal, short, mixed
  ..."127.0.0.1 127.1 127.0.1 127.255.255.254 2130706433 0x7f000001".split(" "),
  ..."0x7f.1 0x7f.0x0.0x0.0x1 017700000001 0177.0.0.1 0177.1".split(" "),
  ..."0x7F.0.0.01 127.0.0.1. 127.00000.0.1 0 0.0.0.0 0x0".split(" "),
  // in other scripts and with other dots
  "１２７.０.０.１",
  "127。0。0。1",
  "①②⑦.⓪.⓪.①",
  "ⓛocalhost",
  "ｌｏｃａｌｈｏｓｔ",
  // private, shared, link-local, special
  ..."10.0.0.1 10.1 0xa.1 012.0.0.1 172.16.0.1 172.31.255.255".split(" "),
  ..."192.168.0.1 192.168.1 0xc0a80001 3232235521 100.64.0.1".split(" "),
  ..."169.254.169.254 0xa9fea9fe 2852039166 0251.0376.0251.0376".split(" "),
  ..."169.254.43518 100.100.100.200 192.0.0.192 168.63.129.16".split(" "),
  ..."192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1".split(" "),
  ..."224.0.0.1 240.0.0.1 255.255.255.255 4294967295".split(" "),
  // IPv6
  ..."[::] [::1] [0:0:0:0:0:0:0:1] [0000::0001] [::127.0.0.1]".split(" "),
  ..."[::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:a9fe:a9fe]".split(" "),
  ..."[0:0:0:0:0:ffff:10.0.0.1] [::ffff:0:127.0.0.1] [::8.8.8.8]".split(" "),
  ..."[64:ff9b::127.0.0.1] [64:ff9b::a9fe:a9fe] [64:ff9b:1::1]".split(" "),
  ..."[2002:7f00:1::] [2002:a00:1::1] [2002:808:808::1]".split(" "),
  ..."[2001::1] [2001:0:4136:e378:8000:63bf:3fff:fdd2]".split(" "),
  ..."[2001:db8::1] [2001:2::1] [2001:20::1] [3fff::1]".split(" "),
  ..."[100::1] [5f00::1] [fc00::1] [fd00:ec2::254] [fe80::1]".split(" "),
  ..."[fec0::1] [ff02::1] [::ffff:8.8.8.8]".split(" "),
  // names
  ..."localhost LOCALHOST localhost. a.localhost a.localhost.".split(" "),
  ..."metadata metadata.google.internal metadata.google.internal.".split(" "),
  ..."METADATA.GOOGLE.INTERNAL metadata.goog instance-data".split(" "),
  ..."kubernetes.default.svc a.svc.cluster.local printer.local".split(" "),
  ..."router.lan a.home.arpa a.onion wiki.corp a.invalid intranet".split(" "),
  ..."example..com .example.com example.com.. a!b.example.com".split(" "),
];

const HOSTILE_URLS: readonly (readonly [url: string, state: string])[] = [
  ["http://example.com/", FORM],
  ["HTTP://example.com/", FORM],
  ["ftp://example.com/", FORM],
  ["ws://example.com/", FORM],
  ["file:///etc/passwd", FORM],
  ["data:text/plain,a", FORM],
  ["javascript:alert(1)", FORM],
  ["blob:https://example.com/1", FORM],
  ["gopher://example.com/", FORM],
  ["", FORM],
  ["example.com", FORM],
  ["//example.com/", FORM],
  ["/in", FORM],
  ["https:", FORM],
  ["https://", FORM],
  ["https:///example.com/", FORM],
  ["https:example.com", FORM],
  ["https:/example.com/", FORM],
  ["https://?a", FORM],
  ["https://[::1", FORM],
  ["https://[::1%25eth0]/", PERCENT],
  ["https://[fe80::1%eth0]/", PERCENT],
  ["https://[:::1]/", FORM],
  ["https://1.1.1.256/", FORM],
  ["https://08.1.1.1/", FORM],
  ["https://a.b.1.2.3.4.5/", FORM],
  ["https://example.com:99999/", FORM],
  ["https://example.com:80/", PORT],
  ["https://example.com:0/", PORT],
  ["https://example.com:22/", PORT],
  ["https://8.8.8.8:6379/", PORT],
  ["https://user@example.com/", USER],
  [`https://user:${SECRET}@example.com/`, USER],
  [`https://:${SECRET}@example.com/`, USER],
  ["https://@example.com/", USER],
  [`https://example.com:443@10.0.0.1/`, USER],
  ["https://%31%32%37.0.0.1/", PERCENT],
  ["https://ex%61mple.com/", PERCENT],
  ["https://example.com%00.evil.com/", PERCENT],
  ["https://127%2e0%2e0%2e1/", PERCENT],
  [`https://example.com/#${SECRET}`, FRAGMENT],
  ["https://example.com#@10.0.0.1/", FRAGMENT],
  ["https://example.com/#", FRAGMENT],
  [" https://example.com/", SEEN],
  ["https://example.com/ ", SEEN],
  ["https://example.com/a b", SEEN],
  ["https://exam\tple.com/", SEEN],
  ["https://example.com/\r\nhost: a", SEEN],
  ["https://example.com/\0", SEEN],
  ["https:\\\\example.com\\", SEEN],
  ["https://example.com\\@10.0.0.1/", SEEN],
  ["https://10.0.0.1\\.example.com/", SEEN],
  ["https://exam\u00adple.com/", SEEN],
  ["https://10.0\u200b.0.1/", SEEN],
  ["https://example.com/\u202etxt", SEEN],
  ["https://example.com/\u2028", SEEN],
  ["https://example.com/\ud800", SEEN],
  [`https://example.com/${"a".repeat(2100)}`, "wanted at most 2048 characters"],
  [`https://example.com/${"ü".repeat(500)}`, "wanted at most 2048 characters"],
];

const GOOD: readonly (readonly [url: string, href?: string])[] = [
  ["https://example.com/"],
  ["https://example.com", "https://example.com/"],
  ["https://hooks.example.com/in?token=a%20b&c"],
  ["https://a.b.c.d.example.co.uk/"],
  ["HTTPS://EXAMPLE.COM/In", "https://example.com/In"],
  ["https://example.com:443/", "https://example.com/"],
  ["https://example.com:8443/"],
  ["https://example.com:/", "https://example.com/"],
  ["https://example.com./in", "https://example.com/in"],
  ["https://example.com.:8443/in", "https://example.com:8443/in"],
  ["https://1.1.1.1/"],
  ["https://8.8.8.8:8443/a"],
  ["https://0x08080808/", "https://8.8.8.8/"],
  ["https://172.15.255.255/"],
  ["https://[2606:4700:4700::1111]/"],
  [
    "https://[2606:4700:4700:0:0:0:0:1111]:8443/",
    "https://[2606:4700:4700::1111]:8443/",
  ],
  ["https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"],
  ["https://example.рф/", "https://example.xn--p1ai/"],
  ["https://xn--bcher-kva.example/"],
  ["https://a_b.example.com/"],
  ["https://example.com/a@b:c/%00;d='e'"],
  ["https://example.com/?to=http://10.0.0.1/"],
  ["https://localhost.example.com/"],
  ["https://10.0.0.1.example.com/"],
  [`https://example.com/${"a".repeat(2000)}`],
];

function assertRefused(
  url: string,
  policy: TargetPolicy = {},
  state = "",
): void {
  const error = assertThrows(
    () => checkTargetUrl(url, policy),
    ValidationError,
    `Cannot use to: ${state}`,
    url,
  );
  assertEquals(error.field, "to");
  assert(!error.message.includes(SECRET), error.message);
}

Deno.test("checkTargetUrl() refuses every form of a host that is not public", () => {
  assert(HOSTILE_HOSTS.length >= 80);
  for (const host of HOSTILE_HOSTS) {
    assertRefused(`https://${host}/in`, {}, HOST);
  }
});

Deno.test("checkTargetUrl() refuses URLs that mean more than a host and a path", () => {
  for (const [url, state] of HOSTILE_URLS) assertRefused(url, {}, state);
});

Deno.test("checkTargetUrl() accepts public targets and gives the URL to fetch", () => {
  assert(GOOD.length >= 20);
  for (const [url, href = url] of GOOD) {
    assertEquals(checkTargetUrl(url).href, href);
  }
});

Deno.test("checkTargetUrl() refuses what is no text", () => {
  for (const value of [undefined, null, 1, {}, new URL("https://1.1.1.1/")]) {
    assertRefused(value as string, {}, FORM);
  }
});

Deno.test("checkTargetUrl() takes the ports of the policy, 443 among them only when it is listed", () => {
  const policy = { ports: [9443] };
  assertEquals(checkTargetUrl("https://a.com:9443/", policy).port, "9443");
  assertRefused(
    "https://a.com/",
    policy,
    "wanted one of the ports 9443, got 443",
  );
  assertRefused("https://a.com:8443/", policy, "wanted one of the ports 9443");
});

Deno.test("checkTargetUrl() counts the length of the URL as it is given and as it is sent", () => {
  const policy = { maxUrlLength: 20 };
  assertEquals(checkTargetUrl("https://example.com/", policy).pathname, "/");
  assertRefused(
    "https://example.com/a",
    policy,
    "wanted at most 20 characters",
  );
  assertRefused("https://a.com/üüüü", policy, "wanted at most 20 characters");
  assertRefused("https://a.com:00000443/", policy, "wanted at most 20");
});

Deno.test("checkTargetUrl() with allowLoopback accepts the machine itself and nothing else", () => {
  const policy = { [allowLoopback]: true } as const;
  const good = [
    ..."http://127.0.0.1:1/ https://127.1.2.3/ http://[::1]:8080/in".split(" "),
    ..."http://localhost/ https://localhost:9/ http://localhost./".split(" "),
    ..."http://0x7f.1/ https://example.com/".split(" "),
  ];
  for (const url of good) checkTargetUrl(url, policy);
  const bad = [
    ..."http://example.com/ http://10.0.0.1/ https://10.0.0.1/".split(" "),
    ..."https://[::ffff:127.0.0.1]/ https://[::]/ http://0.0.0.0/".split(" "),
    ..."http://a.localhost/ https://a.localhost/ ftp://localhost/".split(" "),
    ..."http://u:p@localhost/ http://localhost/#a https://example.com:80/"
      .split(" "),
    ..."http://128.0.0.1/ http://localhost.example.com/".split(" "),
  ];
  for (const url of bad) assertRefused(url, policy);
});

Deno.test("checkTargetUrl() refuses a policy that means nothing", () => {
  const url = "https://example.com/";
  const cases: readonly (readonly [unknown, ErrorConstructor, string])[] = [
    [{ ports: [] }, TypeError, "Cannot use ports: wanted a list"],
    [{ ports: 443 }, TypeError, "Cannot use ports: wanted a list"],
    [{ ports: [0] }, RangeError, "Cannot use ports: wanted a whole number"],
    [{ ports: [65536] }, RangeError, "Cannot use ports"],
    [{ ports: [NaN] }, RangeError, "Cannot use ports"],
    [{ ports: ["443"] }, RangeError, "Cannot use ports"],
    [{ maxUrlLength: 0 }, RangeError, "Cannot use maxUrlLength"],
    [{ maxUrlLength: -1 }, RangeError, "Cannot use maxUrlLength"],
    [{ maxUrlLength: Infinity }, RangeError, "Cannot use maxUrlLength"],
    [{ resolve: true }, TypeError, "Cannot use resolve: wanted a function"],
    [{ [allowLoopback]: false }, TypeError, "Cannot use allowLoopback"],
  ];
  for (const [policy, type, message] of cases) {
    assertThrows(
      () => checkTargetUrl(url, policy as TargetPolicy),
      type,
      message,
    );
  }
  const undefinedOptions = {
    ports: undefined,
    resolve: undefined,
    maxUrlLength: undefined,
  };
  checkTargetUrl(url, undefinedOptions as unknown as TargetPolicy);
});

function resolving(...addresses: string[]): TargetPolicy {
  return { resolve: () => Promise.resolve(addresses) };
}

Deno.test("checkTarget() accepts a name when all of its addresses are public", async () => {
  const policy = resolving("93.184.215.14", "2606:2800:21f:cb07::1");
  const url = await checkTarget("https://example.com./in", policy);
  assertEquals(url.href, "https://example.com/in");
});

Deno.test("checkTarget() refuses a name when any of its addresses is not public, and does not say which", async () => {
  const lists = [
    ["127.0.0.1"],
    ["8.8.8.8", "10.0.0.1"],
    ["8.8.8.8", "::1"],
    ["2606:4700::1", "fd00::1"],
    ["::ffff:10.0.0.1"],
    ["fe80::1%eth0"],
    ["8.8.8.8", "internal.example.com"],
    ["8.8.8.8", ""],
    ["8.8.8.8", undefined as unknown as string],
  ];
  for (const addresses of lists) {
    const error = await assertRejects(
      () => checkTarget("https://a.nip.io/", resolving(...addresses)),
      ValidationError,
      "Cannot use to: the name of the host leads to an address that is not public",
    );
    assertEquals(error.field, "to");
    assertEquals(error.retryable, false);
    assert(!addresses.some((each) => each && error.message.includes(each)));
  }
});

Deno.test("checkTarget() refuses by the text before it asks for addresses", async () => {
  let asked = 0;
  const policy: TargetPolicy = {
    resolve: () => {
      asked++;
      return Promise.resolve(["8.8.8.8"]);
    },
  };
  await assertRejects(
    () => checkTarget("https://localhost/", policy),
    ValidationError,
    HOST,
  );
  await checkTarget("https://1.1.1.1/", policy);
  await checkTarget("https://[2606:4700::1]/", policy);
  await checkTarget("http://localhost:1/", {
    ...policy,
    [allowLoopback]: true,
  });
  assertEquals(asked, 0);
  await checkTarget("https://example.com/", policy);
  assertEquals(asked, 1);
});

Deno.test("checkTarget() with allowLoopback still refuses a name that leads to the machine", async () => {
  const policy = { ...resolving("127.0.0.1"), [allowLoopback]: true as const };
  await assertRejects(
    () => checkTarget("https://localtest.me/", policy),
    ValidationError,
  );
});

Deno.test("checkTarget() with resolve false goes by the text alone", async () => {
  const url = await checkTarget("https://example.com/", { resolve: false });
  assertEquals(url.hostname, "example.com");
});

Deno.test("checkTarget() tells a name without address from a refusal", async () => {
  const error = await assertRejects(
    () => checkTarget("https://example.com/?secret", resolving()),
    ApiError,
    "Cannot find the addresses of example.com: it has none",
  );
  assertEquals(error.errorKey, "http.no_address");
  assertEquals(error.retryable, true);
  assert(!error.message.includes("secret"));
});

Deno.test("checkTarget() tells a resolver that fails from a refusal", async () => {
  const cause = new TypeError("fetch failed");
  const policy = { resolve: () => Promise.reject(cause) };
  const error = await assertRejects(
    () => checkTarget("https://example.com/", policy),
    ApiError,
    "Cannot find the addresses of example.com: the resolver failed",
  );
  assertEquals(error.errorKey, "http.dns");
  assertEquals(error.retryable, true);
  assertEquals(error.cause, cause);
});

Deno.test("checkTarget() ends a resolver that hangs", async () => {
  let ended = false;
  const policy: TargetPolicy = {
    resolve: (_, signal) => {
      signal?.addEventListener("abort", () => ended = true);
      return new Promise(() => {});
    },
  };
  const error = await assertRejects(
    () => checkTarget("https://example.com/", policy, { timeoutMs: 5 }),
    ApiError,
    "Cannot find the addresses of example.com: it took over 5 ms",
  );
  assertEquals(error.errorKey, "http.dns");
  assertEquals(error.retryable, true);
  assert(ended);
});

Deno.test("checkTarget() rejects with the reason of the signal, and ends the resolver with it", async () => {
  const reason = new Error("enough");
  const stop = new AbortController();
  const seen: unknown[] = [];
  const policy: TargetPolicy = {
    resolve: (_, signal) => {
      signal?.addEventListener("abort", () => seen.push(signal.reason));
      stop.abort(reason);
      return new Promise(() => {});
    },
  };
  const { signal } = stop;
  for (let i = 0; i < 2; i++) {
    const error = await assertRejects(() =>
      checkTarget("https://example.com/", policy, { signal })
    );
    assertEquals(error, reason);
  }
  assertEquals(seen, [reason]);
});

Deno.test("checkTarget() refuses options that mean nothing", async () => {
  for (const timeoutMs of [0, -1, NaN, Infinity, 1.5]) {
    await assertRejects(
      () =>
        checkTarget("https://example.com/", resolving("1.1.1.1"), {
          timeoutMs,
        }),
      RangeError,
      "Cannot use timeoutMs",
    );
  }
  const signal = {} as AbortSignal;
  await assertRejects(
    () => checkTarget("https://example.com/", resolving("1.1.1.1"), { signal }),
    TypeError,
    "Cannot use signal",
  );
  const resolve = () =>
    Promise.resolve("1.1.1.1") as unknown as Promise<string[]>;
  await assertRejects(
    () => checkTarget("https://example.com/", { resolve }),
    TypeError,
    "Cannot use resolve: wanted it to give a list",
  );
});

Deno.test("checkTarget() reads policy and options once, before it waits", async () => {
  const asked = Promise.withResolvers<string[]>();
  const ports = [443];
  const policy = { ports, resolve: () => asked.promise };
  const check = checkTarget("https://example.com/", policy);
  policy.resolve = () => Promise.reject(new Error("late"));
  ports.length = 0;
  asked.resolve(["1.1.1.1"]);
  assertEquals((await check).port, "");
});

interface FakeDns {
  resolveDns?: unknown;
  getBuiltinModule?: (name: string) => unknown;
}

async function withDns(fake: FakeDns, run: () => Promise<void>): Promise<void> {
  const host = Deno as unknown as FakeDns;
  const { process } = globalThis as unknown as { process: FakeDns };
  const { resolveDns } = host;
  const { getBuiltinModule } = process;
  host.resolveDns = fake.resolveDns;
  Object.assign(process, { getBuiltinModule: fake.getBuiltinModule });
  try {
    await run();
  } finally {
    host.resolveDns = resolveDns;
    Object.assign(process, { getBuiltinModule });
  }
}

function failure(parts: { name?: string; code?: string }): Promise<never> {
  return Promise.reject(Object.assign(new Error("failed"), parts));
}

const EXAMPLE = "https://example.com/";

Deno.test("checkTarget() asks Deno for A and AAAA by default, and takes what does not exist for none", async () => {
  const asked: string[] = [];
  const resolveDns = (name: string, type: string): Promise<string[]> => {
    asked.push(`${name} ${type}`);
    return type === "A"
      ? Promise.resolve(["1.1.1.1"])
      : failure({ name: "NotFound" });
  };
  await withDns({ resolveDns }, async () => {
    assertEquals((await checkTarget(EXAMPLE)).href, EXAMPLE);
  });
  assertEquals(asked, ["example.com A", "example.com AAAA"]);
  const private6 = (_: string, type: string) =>
    Promise.resolve(type === "A" ? ["1.1.1.1"] : ["fd00::1"]);
  await withDns({ resolveDns: private6 }, async () => {
    await assertRejects(() => checkTarget(EXAMPLE), ValidationError);
  });
  const nothing = () => failure({ name: "NotFound" });
  await withDns({ resolveDns: nothing }, async () => {
    const error = await assertRejects(() => checkTarget(EXAMPLE), ApiError);
    assertEquals(error.errorKey, "http.no_address");
  });
});

Deno.test("checkTarget() does not go by half an answer", async () => {
  const resolveDns = (_: string, type: string) =>
    type === "A" ? Promise.resolve(["1.1.1.1"]) : failure({ name: "TimedOut" });
  await withDns({ resolveDns }, async () => {
    const error = await assertRejects(() => checkTarget(EXAMPLE), ApiError);
    assertEquals(error.errorKey, "http.dns");
  });
});

Deno.test("checkTarget() says which permission is missing", async () => {
  const resolveDns = () => failure({ name: "NotCapable" });
  await withDns({ resolveDns }, async () => {
    await assertRejects(
      () => checkTarget(EXAMPLE),
      ApiError,
      'there is no permission to ask the DNS, wanted --allow-net or the option "resolve"',
    );
  });
});

Deno.test("checkTarget() asks Node where there is no Deno, and passes over the names of CNAME records", async () => {
  const asked: string[] = [];
  const nodeDns = (...addresses: string[]) => (name: string): unknown => {
    asked.push(name);
    return {
      resolve4: () => failure({ code: "ENODATA" }),
      resolve6: () => Promise.resolve(["edge.example.net.", ...addresses]),
    };
  };
  await withDns({ getBuiltinModule: nodeDns("2606:4700::1") }, async () => {
    assertEquals((await checkTarget(EXAMPLE)).href, EXAMPLE);
  });
  await withDns({ getBuiltinModule: nodeDns("fd00::1") }, async () => {
    await assertRejects(() => checkTarget(EXAMPLE), ValidationError);
  });
  await withDns({ getBuiltinModule: nodeDns() }, async () => {
    const error = await assertRejects(() => checkTarget(EXAMPLE), ApiError);
    assertEquals(error.errorKey, "http.no_address");
  });
  assertEquals(asked, ["dns/promises", "dns/promises", "dns/promises"]);
});

Deno.test("checkTarget() goes by the text alone where the host has no DNS", async () => {
  await withDns({ getBuiltinModule: () => undefined }, async () => {
    assertEquals((await checkTarget(EXAMPLE)).href, EXAMPLE);
  });
});
