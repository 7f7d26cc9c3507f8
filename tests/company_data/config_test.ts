import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { toBase64 } from "../../src/_internal/base64.ts";
import { encodeUtf8 } from "../../src/_internal/bytes.ts";
import { secret } from "../../src/_internal/secret.ts";
import {
  type Config,
  configFromEnv,
  loadConfig,
} from "../../src/company_data/config.ts";
import { ConfigError } from "../../src/errors.ts";

const PEM =
  "-----BEGIN PRIVATE KEY-----\nUExBTlRFRC1LRVk=\n-----END PRIVATE KEY-----\n";
const MINIMAL = {
  api_url: "https://api.example",
  client_id: "svc_1",
  client_secret: "PLANTED-client",
  service_private_key: PEM,
};

/** The problems of a configuration, each as `field: message`. */
async function problemsOf(file: object, env: object = {}): Promise<string[]> {
  const error = await assertRejects(() => loadConfig(file, env), ConfigError);
  const list = error.problems.map(({ field, message }) =>
    `${field}: ${message}`
  );
  assertEquals(error.code, "config");
  assertEquals(
    error.message,
    `Cannot use the configuration: ${list.join("; ")}`,
  );
  return list;
}

async function withFile<T>(
  content: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(path, content);
    return await use(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("loadConfig() reads the least that is needed and fills in defaults", async () => {
  const config = await loadConfig(MINIMAL, {});
  assertEquals(Object.keys(config).sort(), [
    "apiUrl",
    "cacheDir",
    "clientId",
    "clientSecret",
    "format",
    "servicePrivateKey",
  ]);
  assertEquals(
    [config.apiUrl, config.clientId, config.cacheDir, config.format],
    ["https://api.example", "svc_1", "./allus-cache", "json"],
  );
  assertEquals(config.clientSecret.reveal(), "PLANTED-client");
  assertEquals(config.servicePrivateKey.field, "service_private_key");
  assertEquals(config.servicePrivateKey.pem.reveal(), PEM);
  assertEquals(config.servicePrivateKey.passphrase, undefined);
  assert(Object.isFrozen(config));
});

const FULL = {
  ...MINIMAL,
  key_passphrase: "PLANTED-pass-1",
  account_private_key: PEM,
  account_passphrase: "PLANTED-pass-2",
  cache_dir: "/tmp/cache",
  format: "XML",
  webhooks: { "wh-1": "PLANTED-hook-1", constructor: "PLANTED-hook-2" },
  webhook_secret: "PLANTED-hook-3",
  customer_client_id: "acct_1",
  customer_client_secret: "PLANTED-customer",
  oauth_client_id: "idw_1",
  oauth_redirect_uri: "https://app.example/back",
  oauth_client_secret: "PLANTED-oauth",
  oauth_private_key: PEM,
  oauth_key_passphrase: "PLANTED-pass-3",
  unknown_key: 5,
};

function assertFull(config: Config): void {
  assertEquals(config.format, "xml");
  assertEquals(config.cacheDir, "/tmp/cache");
  assertEquals(config.servicePrivateKey.passphrase?.reveal(), "PLANTED-pass-1");
  assertEquals(
    config.accountPrivateKey?.passphrase?.reveal(),
    "PLANTED-pass-2",
  );
  assertEquals(config.accountPrivateKey?.field, "account_private_key");
  assertEquals(config.oauthPrivateKey?.passphrase?.reveal(), "PLANTED-pass-3");
  assertEquals(config.oauthPrivateKey?.pem.reveal(), PEM);
  assertEquals([config.customerClientId, config.oauthClientId], [
    "acct_1",
    "idw_1",
  ]);
  assertEquals(config.customerClientSecret?.reveal(), "PLANTED-customer");
  assertEquals(config.oauthClientSecret?.reveal(), "PLANTED-oauth");
  assertEquals(config.oauthRedirectUri, "https://app.example/back");
  const auth = config.webhookAuth;
  assert(auth?.method === "hmac");
  assertEquals(auth.secrets.get("wh-1")?.reveal(), "PLANTED-hook-1");
  assertEquals(auth.secrets.get("constructor")?.reveal(), "PLANTED-hook-2");
  assertEquals(auth.secrets.get("toString"), undefined);
  assertEquals(auth.single?.reveal(), "PLANTED-hook-3");
}

Deno.test("loadConfig() reads every key of the file", async () => {
  assertFull(await loadConfig(FULL, {}));
});

const FULL_ENV: Record<string, string> = {
  ALLUS_API_URL: FULL.api_url,
  ALLUS_CLIENT_ID: FULL.client_id,
  ALLUS_CLIENT_SECRET: FULL.client_secret,
  ALLUS_SERVICE_PRIVATE_KEY: PEM.replaceAll("\n", "\\n"),
  ALLUS_KEY_PASSPHRASE: FULL.key_passphrase,
  ALLUS_ACCOUNT_PRIVATE_KEY: PEM,
  ALLUS_ACCOUNT_PASSPHRASE: FULL.account_passphrase,
  ALLUS_CACHE_DIR: FULL.cache_dir,
  ALLUS_FORMAT: FULL.format,
  ALLUS_WEBHOOKS: JSON.stringify(FULL.webhooks),
  ALLUS_WEBHOOK_SECRET: FULL.webhook_secret,
  ALLUS_CUSTOMER_CLIENT_ID: FULL.customer_client_id,
  ALLUS_CUSTOMER_CLIENT_SECRET: FULL.customer_client_secret,
  ALLUS_OAUTH_CLIENT_ID: FULL.oauth_client_id,
  ALLUS_OAUTH_REDIRECT_URI: FULL.oauth_redirect_uri,
  ALLUS_OAUTH_CLIENT_SECRET: FULL.oauth_client_secret,
  ALLUS_OAUTH_PRIVATE_KEY: toBase64(encodeUtf8(PEM)),
  ALLUS_OAUTH_KEY_PASSPHRASE: FULL.oauth_key_passphrase,
};

Deno.test("configFromEnv() reads every variable", async () => {
  assertFull(await configFromEnv(FULL_ENV));
});

Deno.test("configFromEnv() reads the environment of the host by default", async () => {
  for (const [name, value] of Object.entries(FULL_ENV)) {
    Deno.env.set(name, value);
  }
  try {
    assertFull(await configFromEnv());
  } finally {
    for (const name of Object.keys(FULL_ENV)) Deno.env.delete(name);
  }
});

Deno.test("configFromEnv() says what to do where the host denies its environment", async () => {
  const { toObject } = Deno.env;
  Deno.env.toObject = () => {
    throw new Error("denied");
  };
  try {
    await assertRejects(
      () => configFromEnv(),
      ConfigError,
      "Cannot read the environment: the host denies it",
    );
    assertEquals((await loadConfig(MINIMAL, {})).clientId, "svc_1");
  } finally {
    Deno.env.toObject = toObject;
  }
});

Deno.test("configFromEnv() lists all that is missing, and where it can be set", async () => {
  const error = await assertRejects(() => configFromEnv({}), ConfigError);
  assertEquals(error.problems.map((each) => each.field), [
    "api_url",
    "client_id",
    "client_secret",
    "service_private_key",
  ]);
  assertStringIncludes(
    error.message,
    "Cannot use the environment: api_url: missing, wanted it in the file or as ALLUS_API_URL; ",
  );
});

Deno.test("loadConfig() lets the environment win, key by key", async () => {
  const env = { ALLUS_CLIENT_ID: "from-env", ALLUS_FORMAT: "xml", OTHER: "x" };
  const config = await loadConfig({ ...MINIMAL, format: "json" }, env);
  assertEquals([config.clientId, config.format], ["from-env", "xml"]);
  assertEquals(config.apiUrl, "https://api.example");
});

Deno.test("loadConfig() takes an empty variable for one that is not set", async () => {
  const env = Object.fromEntries(
    Object.keys(FULL_ENV).map((name) => [name, ""]),
  );
  assertFull(await loadConfig(FULL, env));
});

Deno.test("loadConfig() takes null and the empty text for what is not set", async () => {
  for (const nothing of [null, ""]) {
    const file = {
      ...MINIMAL,
      cache_dir: nothing,
      format: nothing,
      webhook_secret: nothing,
      account_private_key: nothing,
    };
    const config = await loadConfig(file, {});
    assertEquals([config.cacheDir, config.format, config.webhookAuth], [
      "./allus-cache",
      "json",
      undefined,
    ]);
    assertEquals(await problemsOf({ ...MINIMAL, client_id: nothing }), [
      "client_id: missing, wanted it in the file or as ALLUS_CLIENT_ID",
    ]);
  }
});

Deno.test("loadConfig() does not read members that an object inherits", async () => {
  const { client_id, ...rest } = MINIMAL;
  const file = Object.assign(Object.create({ client_id }), rest);
  assertEquals((await problemsOf(file)).length, 1);
});

Deno.test("loadConfig() reads an object before anything is awaited", async () => {
  const file = structuredClone(FULL);
  const loading = loadConfig(file, {});
  file.client_id = "changed";
  file.webhooks["wh-1"] = "changed";
  const config = await loading;
  assertEquals(config.clientId, "svc_1");
  assertFull(config);
});

const TEXT_FIELDS: [string, string][] = [
  ["api_url", "ALLUS_API_URL"],
  ["client_id", "ALLUS_CLIENT_ID"],
  ["client_secret", "ALLUS_CLIENT_SECRET"],
  ["service_private_key", "ALLUS_SERVICE_PRIVATE_KEY"],
  ["key_passphrase", "ALLUS_KEY_PASSPHRASE"],
  ["account_private_key", "ALLUS_ACCOUNT_PRIVATE_KEY"],
  ["account_passphrase", "ALLUS_ACCOUNT_PASSPHRASE"],
  ["cache_dir", "ALLUS_CACHE_DIR"],
  ["format", "ALLUS_FORMAT"],
  ["webhook_secret", "ALLUS_WEBHOOK_SECRET"],
  ["webhook_bearer_token", "ALLUS_WEBHOOK_BEARER_TOKEN"],
  ["customer_client_id", "ALLUS_CUSTOMER_CLIENT_ID"],
  ["customer_client_secret", "ALLUS_CUSTOMER_CLIENT_SECRET"],
  ["oauth_client_id", "ALLUS_OAUTH_CLIENT_ID"],
  ["oauth_redirect_uri", "ALLUS_OAUTH_REDIRECT_URI"],
  ["oauth_client_secret", "ALLUS_OAUTH_CLIENT_SECRET"],
  ["oauth_private_key", "ALLUS_OAUTH_PRIVATE_KEY"],
  ["oauth_key_passphrase", "ALLUS_OAUTH_KEY_PASSPHRASE"],
];
const WRONG: [unknown, string][] = [[5, "number"], [true, "boolean"], [
  ["a"],
  "array",
], [{ a: 1 }, "object"]];

for (const [field, name] of TEXT_FIELDS) {
  Deno.test(`loadConfig() names ${field} when it is not text`, async () => {
    for (const [value, kind] of WRONG) {
      assertEquals(await problemsOf({ ...MINIMAL, [field]: value }), [
        `${field}: wanted text, got ${kind}`,
      ]);
      assertEquals(await problemsOf(MINIMAL, { [name]: value }), [
        `${field}: wanted text, got ${kind} (from ${name})`,
      ]);
    }
  });
}

Deno.test("loadConfig() finds all wrong fields at once", async () => {
  const file = Object.fromEntries(TEXT_FIELDS.map(([field]) => [field, 5]));
  const problems = await problemsOf({
    ...file,
    webhooks: 5,
    webhook_basic: 5,
    webhook_header: 5,
    webhook_auth_none: 5,
  });
  const fields = problems.map((each) => each.split(":")[0] ?? "");
  const wanted = [
    ...TEXT_FIELDS.map(([field]) => field),
    "webhooks",
    "webhook_basic",
    "webhook_header",
    "webhook_auth_none",
  ];
  assertEquals(fields.sort(), wanted.sort());
});

const URLS: [string, string][] = [
  ["nonsense", "wanted an absolute URL"],
  ["ftp://api.example", "wanted an https URL"],
  [
    "http://api.example",
    "wanted https, because http is for loopback hosts only",
  ],
  [
    "https://PLANTED-user:PLANTED-pw@api.example",
    "wanted a URL without user name and password",
  ],
  ["https://api.example?PLANTED=1", "wanted a URL without query and fragment"],
];
for (const [url, problem] of URLS) {
  Deno.test(`loadConfig() refuses the api_url ${url}`, async () => {
    assertEquals(await problemsOf({ ...MINIMAL, api_url: url }), [
      `api_url: ${problem}`,
    ]);
    assertEquals(await problemsOf(MINIMAL, { ALLUS_API_URL: url }), [
      `api_url: ${problem} (from ALLUS_API_URL)`,
    ]);
  });
}

Deno.test("loadConfig() takes http for a loopback host and drops slashes at the end", async () => {
  const config = await loadConfig({
    ...MINIMAL,
    api_url: "http://127.0.0.1:8080/v1//",
  }, {});
  assertEquals(config.apiUrl, "http://127.0.0.1:8080/v1");
});

Deno.test("loadConfig() refuses another format than json and xml", async () => {
  assertEquals(
    (await loadConfig({ ...MINIMAL, format: " Json " }, {})).format,
    "json",
  );
  assertEquals(await problemsOf({ ...MINIMAL, format: "yaml" }), [
    "format: wanted json or xml, got something else",
  ]);
});

const DER = new Uint8Array([
  0x30,
  0x82,
  0x00,
  0x05,
  0x02,
  0x01,
  0x00,
  0x30,
  0x00,
]);
const ENCRYPTED_DER = new Uint8Array([
  0x30,
  0x82,
  0x00,
  0x04,
  0x30,
  0x00,
  0x04,
  0x00,
]);
const KEYS: [string, string, string][] = [
  ["PEM text", PEM, PEM],
  ["PEM text with \\n", PEM.replaceAll("\n", "\\n"), PEM],
  ["PEM text with \\r\\n", PEM.replaceAll("\n", "\\r\\n"), PEM],
  ["base64 of PEM", toBase64(encodeUtf8(PEM)), PEM],
  [
    "base64 of PEM in lines",
    toBase64(encodeUtf8(PEM)).replace(/.{20}/g, "$&\n"),
    PEM,
  ],
  [
    "base64 of DER",
    toBase64(DER),
    "-----BEGIN PRIVATE KEY-----\nMIIABQIBADAA\n-----END PRIVATE KEY-----\n",
  ],
  [
    "base64 of encrypted DER",
    toBase64(ENCRYPTED_DER),
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIABDAABAA=\n-----END ENCRYPTED PRIVATE KEY-----\n",
  ],
];
for (const [form, given, pem] of KEYS) {
  Deno.test(`loadConfig() takes each key as ${form}`, async () => {
    const file = {
      ...MINIMAL,
      service_private_key: given,
      account_private_key: given,
      oauth_private_key: given,
    };
    const config = await loadConfig(file, {});
    assertEquals(config.servicePrivateKey.pem.reveal(), pem);
    assertEquals(config.accountPrivateKey?.pem.reveal(), pem);
    assertEquals(config.oauthPrivateKey?.pem.reveal(), pem);
  });
}

Deno.test("loadConfig() wraps the base64 of a long DER key at 64 characters", async () => {
  const der = new Uint8Array(260).fill(7);
  der.set([0x30, 0x82, 0x01, 0x00]);
  const config = await loadConfig({
    ...MINIMAL,
    service_private_key: toBase64(der),
  }, {});
  const lines = config.servicePrivateKey.pem.reveal().trimEnd().split("\n")
    .slice(1, -1);
  assertEquals(lines.map((line) => line.length), [64, 64, 64, 64, 64, 28]);
});

Deno.test("loadConfig() takes each key as a path or a file URL", async () => {
  await withFile(PEM, async (path) => {
    for (const given of [path, new URL(`file://${path}`).href]) {
      const config = await loadConfig({
        ...MINIMAL,
        service_private_key: given,
        oauth_private_key: given,
      }, {});
      assertEquals(config.servicePrivateKey.pem.reveal(), PEM);
      assertEquals(config.oauthPrivateKey?.pem.reveal(), PEM);
    }
  });
});

Deno.test("loadConfig() names each key that cannot be read, without its value", async () => {
  const cut = "MIIEPLANTED-half-a-key";
  const text = await withFile(
    "PLANTED, no key",
    (path) =>
      problemsOf({
        ...MINIMAL,
        service_private_key: path,
        account_private_key: cut,
        oauth_private_key: "/",
      }),
  );
  assertEquals(text.length, 3);
  assertEquals(
    text[0],
    "service_private_key: the file that it names holds no PEM block",
  );
  assertStringIncludes(
    text[1] ?? "",
    "account_private_key: neither PEM text nor base64 of it, and as a path it cannot be read: there is no such file",
  );
  assertStringIncludes(
    text[2] ?? "",
    "oauth_private_key: neither PEM text nor base64 of it, and as a path it cannot be read: it is a folder, wanted a file",
  );
  assert(!text.join().includes("PLANTED"));
});

Deno.test("loadConfig() asks for PEM text where the host has no filesystem", async () => {
  await withoutFiles(async () => {
    const problems = await problemsOf({
      ...MINIMAL,
      service_private_key: "./key.pem",
    });
    assertEquals(problems, [
      "service_private_key: not PEM text, and this host has no filesystem to look for a file, wanted PEM text or base64 of it",
    ]);
    await assertRejects(
      () => loadConfig("allus.json", {}),
      ConfigError,
      "this host has no filesystem, wanted the object itself or configFromEnv",
    );
    assertEquals((await loadConfig(MINIMAL, {})).clientId, "svc_1");
  });
});

async function withoutFiles(use: () => Promise<void>): Promise<void> {
  const names = ["Deno", "process"] as const;
  const saved = names.map((name) =>
    Object.getOwnPropertyDescriptor(globalThis, name)
  );
  for (const name of names) {
    Object.defineProperty(globalThis, name, {
      value: undefined,
      configurable: true,
    });
  }
  try {
    await use();
  } finally {
    names.forEach((name, i) =>
      Object.defineProperty(globalThis, name, saved[i] ?? {})
    );
  }
}

Deno.test("loadConfig() reads a path and a file URL, with a byte order mark too", async () => {
  for (const mark of ["", "\uFEFF"]) {
    await withFile(mark + JSON.stringify(FULL), async (path) => {
      assertFull(await loadConfig(path, {}));
      assertFull(await loadConfig(new URL(`file://${path}`), {}));
    });
  }
});

Deno.test("loadConfig() names the file that is missing and says what is wanted", async () => {
  for (
    const source of [
      "/no/such/allus.json",
      new URL("file:///no/such/allus.json"),
    ]
  ) {
    const error = await assertRejects(
      () => loadConfig(source, {}),
      ConfigError,
    );
    assertEquals(
      error.message,
      "Cannot read the configuration file /no/such/allus.json: there is no such file, wanted a path that exists seen from the working directory",
    );
    assert(error.cause instanceof Error);
  }
});

const BAD_FILES: [string, string][] = [
  ['{"client_secret": "PLANTED-x", oops}', "it is not JSON"],
  ["", "it is not JSON"],
  ["[1]", "it is not a JSON object"],
  ["null", "it is not a JSON object"],
  ['"text"', "it is not a JSON object"],
];
for (const [content, state] of BAD_FILES) {
  Deno.test(`loadConfig() refuses a file with ${content || "nothing"}`, async () => {
    await withFile(content, async (path) => {
      const error = await assertRejects(
        () => loadConfig(path, {}),
        ConfigError,
      );
      assertEquals(
        error.message,
        `Cannot use the configuration file ${path}: ${state}`,
      );
      assert(!Deno.inspect(error).includes("PLANTED"));
    });
  });
}

Deno.test("loadConfig() names the file in the error of its fields", async () => {
  await withFile("{}", async (path) => {
    await assertRejects(
      () => loadConfig(path, {}),
      ConfigError,
      `Cannot use the configuration file ${path}: api_url: missing`,
    );
  });
});

for (
  const [what, text] of [
    ["JSON", '{"client_secret":"PLANTED"}'],
    ["JSON after blanks", '\ufeff  {"client_secret":"PLANTED"}'],
    ["a list", '["PLANTED"]'],
    ["lines", "client_secret: PLANTED\nformat: json"],
  ] as const
) {
  Deno.test(`loadConfig() quotes nothing of a source that is ${what} instead of a path`, async () => {
    const error = await assertRejects(
      () => loadConfig(text, {}),
      ConfigError,
      "wanted the path or the object that JSON.parse makes of the text",
    );
    assertEquals(error.cause, undefined);
    assertEquals(Deno.inspect(error).includes("PLANTED"), false);
  });
}

Deno.test("loadConfig() refuses a source that is none", async () => {
  await assertRejects(
    () => loadConfig([], {}),
    ConfigError,
    "it is not a JSON object",
  );
  await assertRejects(
    () => loadConfig(new URL("https://x.example/a.json"), {}),
    TypeError,
    "wanted a file URL, got https:",
  );
  for (const source of [5, null, undefined]) {
    const load = loadConfig as (
      source: unknown,
      env: object,
    ) => Promise<Config>;
    await assertRejects(
      () => load(source, {}),
      TypeError,
      "Cannot use source: wanted a path, a file URL or an object",
    );
  }
});

async function authOf(
  file: object,
  env: object = {},
): Promise<Config["webhookAuth"]> {
  return (await loadConfig({ ...MINIMAL, ...file }, env)).webhookAuth;
}

Deno.test("loadConfig() reads each way to authenticate webhooks from the file", async () => {
  const hmac = await authOf({ webhook_secret: "s" });
  assert(hmac?.method === "hmac");
  assertEquals([hmac.single?.reveal(), hmac.secrets.size], ["s", 0]);
  const bearer = await authOf({ webhook_bearer_token: "t" });
  assert(bearer?.method === "bearer");
  assertEquals(bearer.token.reveal(), "t");
  const basic = await authOf({
    webhook_basic: { username: "u", password: "p:ä " },
  });
  assert(basic?.method === "basic");
  assertEquals([basic.username, basic.password.reveal()], ["u", "p:ä "]);
  const header = await authOf({
    webhook_header: { name: "X-Key", value: "v w" },
  });
  assert(header?.method === "header");
  assertEquals([header.name, header.value.reveal()], ["X-Key", "v w"]);
  assertEquals(await authOf({ webhook_auth_none: true }), { method: "none" });
});

Deno.test("loadConfig() reads each way to authenticate webhooks from the environment", async () => {
  const hmac = await authOf({}, { ALLUS_WEBHOOKS: '{"wh-1":"s"}' });
  assert(hmac?.method === "hmac");
  assertEquals([hmac.secrets.get("wh-1")?.reveal(), hmac.single], [
    "s",
    undefined,
  ]);
  const object = await authOf({}, { ALLUS_WEBHOOKS: { "wh-1": "s" } }); // a JSON binding of a Worker
  assert(object?.method === "hmac" && object.secrets.has("wh-1"));
  const bearer = await authOf({}, { ALLUS_WEBHOOK_BEARER_TOKEN: "t" });
  assert(bearer?.method === "bearer");
  const basic = await authOf({}, {
    ALLUS_WEBHOOK_BASIC_USERNAME: "u",
    ALLUS_WEBHOOK_BASIC_PASSWORD: "p",
  });
  assert(basic?.method === "basic");
  assertEquals([basic.username, basic.password.reveal()], ["u", "p"]);
  const header = await authOf({}, {
    ALLUS_WEBHOOK_HEADER_NAME: "n",
    ALLUS_WEBHOOK_HEADER_VALUE: "v",
  });
  assert(header?.method === "header");
  assertEquals([header.name, header.value.reveal()], ["n", "v"]);
  assertEquals(await authOf({}, { ALLUS_WEBHOOK_AUTH_NONE: "true" }), {
    method: "none",
  });
});

Deno.test("loadConfig() completes a pair of the file from the environment", async () => {
  const basic = await authOf({
    webhook_basic: { username: "u", password: "old" },
  }, { ALLUS_WEBHOOK_BASIC_PASSWORD: "new" });
  assert(basic?.method === "basic");
  assertEquals([basic.username, basic.password.reveal()], ["u", "new"]);
});

Deno.test("loadConfig() does not count a way that says nothing", async () => {
  const nothing = [
    {},
    { webhooks: {} },
    { webhook_secret: "" },
    { webhook_bearer_token: "" },
    { webhook_basic: null, webhook_header: null },
    { webhook_auth_none: false },
  ];
  for (const file of nothing) assertEquals(await authOf(file), undefined);
  assertEquals(
    await authOf({}, {
      ALLUS_WEBHOOKS: "{}",
      ALLUS_WEBHOOK_AUTH_NONE: "false",
    }),
    undefined,
  );
  const one = await authOf({
    webhooks: {},
    webhook_bearer_token: "t",
    webhook_auth_none: false,
  });
  assertEquals(one?.method, "bearer");
});

Deno.test("loadConfig() lists the ways to authenticate when there is more than one", async () => {
  const file = {
    ...MINIMAL,
    webhooks: { a: "PLANTED-1" },
    webhook_secret: "PLANTED-2",
    webhook_bearer_token: "PLANTED-3",
    webhook_basic: { username: "PLANTED-4", password: "PLANTED-5" },
    webhook_header: { name: "x", value: "PLANTED-6" },
    webhook_auth_none: true,
  };
  assertEquals(await problemsOf(file), [
    "webhooks: more than one way to authenticate webhooks, found hmac, bearer, basic, header, none, wanted one",
  ]);
  assertEquals(
    await problemsOf({ ...MINIMAL, webhook_secret: "a" }, {
      ALLUS_WEBHOOK_AUTH_NONE: "true",
    }),
    [
      "webhooks: more than one way to authenticate webhooks, found hmac, none, wanted one",
    ],
  );
});

const ID_AND_SECRET =
  "webhooks: wanted a non-empty text as id and as secret of each";
const BAD_WEBHOOKS: [object, object, string[]][] = [
  [{ webhooks: ["a"] }, {}, [
    "webhooks: wanted a JSON object of id and secret, got array",
  ]],
  [{ webhooks: '{"a":"b"}' }, {}, [
    "webhooks: wanted a JSON object of id and secret, got string",
  ]],
  [{ webhooks: { a: 5, b: "x", "": "y" } }, {}, [ID_AND_SECRET, ID_AND_SECRET]],
  [{ webhooks: { a: "" } }, {}, [ID_AND_SECRET]],
  [{}, { ALLUS_WEBHOOKS: "PLANTED" }, [
    "webhooks: wanted a JSON object of id and secret (from ALLUS_WEBHOOKS)",
  ]],
  [{}, { ALLUS_WEBHOOKS: "[1]" }, [
    "webhooks: wanted a JSON object of id and secret (from ALLUS_WEBHOOKS)",
  ]],
  [{ webhook_basic: "PLANTED" }, {}, [
    "webhook_basic: wanted a JSON object, got string",
  ]],
  [{ webhook_basic: { username: "PLANTED" } }, {}, [
    "webhook_basic.password: missing, wanted it in the file or as ALLUS_WEBHOOK_BASIC_PASSWORD",
  ]],
  [{ webhook_basic: { username: "", password: 5 } }, {}, [
    "webhook_basic.username: missing, wanted it in the file or as ALLUS_WEBHOOK_BASIC_USERNAME",
    "webhook_basic.password: wanted text, got number",
  ]],
  [{}, { ALLUS_WEBHOOK_HEADER_VALUE: "PLANTED" }, [
    "webhook_header.name: missing, wanted it in the file or as ALLUS_WEBHOOK_HEADER_NAME",
  ]],
  [{ webhook_header: { name: "x y", value: "v" } }, {}, [
    "webhook_header.name: wanted a valid header name",
  ]],
  [{ webhook_header: { name: "x", value: " PLANTED" } }, {}, [
    "webhook_header.value: wanted text without blanks around and line ends",
  ]],
  [{ webhook_bearer_token: "PLANTED\n" }, {}, [
    "webhook_bearer_token: wanted text without blanks around and line ends",
  ]],
  [{ webhook_auth_none: "true" }, {}, [
    "webhook_auth_none: wanted true or nothing, got something else",
  ]],
  [{ webhook_auth_none: 1 }, {}, [
    "webhook_auth_none: wanted true or nothing, got something else",
  ]],
  [{}, { ALLUS_WEBHOOK_AUTH_NONE: "1" }, [
    "webhook_auth_none: wanted true or nothing, got something else (from ALLUS_WEBHOOK_AUTH_NONE)",
  ]],
  [{}, { ALLUS_WEBHOOK_AUTH_NONE: "TRUE" }, [
    "webhook_auth_none: wanted true or nothing, got something else (from ALLUS_WEBHOOK_AUTH_NONE)",
  ]],
];
for (const [file, env, problems] of BAD_WEBHOOKS) {
  Deno.test(`loadConfig() refuses ${JSON.stringify({ ...file, ...env })}`, async () => {
    assertEquals(await problemsOf({ ...MINIMAL, ...file }, env), problems);
  });
}

Deno.test("loadConfig() gives out a configuration that shows no secret", async () => {
  const basic = { webhook_basic: { username: "u", password: "PLANTED-pw" } };
  const configs = [
    await loadConfig(FULL, {}),
    await loadConfig({ ...MINIMAL, ...basic }, {}),
    await loadConfig({ ...MINIMAL, webhook_bearer_token: "PLANTED-t" }, {}),
    await loadConfig({
      ...MINIMAL,
      webhook_header: { name: "x", value: "PLANTED-v" },
    }, {}),
  ];
  for (const config of configs) {
    const shown = [
      Deno.inspect(config, { depth: 20, showHidden: true }),
      Deno.inspect(structuredClone(config), { depth: 20, showHidden: true }),
      JSON.stringify(config),
      JSON.stringify(Object.entries(config)),
      `${config.clientSecret}${config.servicePrivateKey.pem}`,
    ].join();
    assertEquals(/PLANTED|UExBTlRFRC1LRVk/.test(shown), false, shown);
    assertStringIncludes(shown, "[redacted]");
  }
});

Deno.test("secret() shows its value to reveal() only", () => {
  const wrapped = secret({ inner: "PLANTED" });
  assertEquals(wrapped.reveal(), { inner: "PLANTED" });
  assertEquals(`${wrapped}`, "[redacted]");
  assertEquals(JSON.stringify([wrapped]), '["[redacted]"]');
  assertEquals(Deno.inspect(wrapped), "[redacted]");
  assertEquals(Object.getOwnPropertyNames(wrapped), []);
});
