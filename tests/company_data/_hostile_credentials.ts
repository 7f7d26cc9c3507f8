import { toBase64 } from "../../src/_internal/base64.ts";
import { encodeUtf8, fromHex, toHex } from "../../src/_internal/bytes.ts";
import type { JsonObject } from "../../src/company_data/mod.ts";
import {
  finish,
  type HeaderList,
  type HostileDelivery,
  MIB,
  type Receiver,
  RECEIVERS,
  signHex,
} from "./_hostile_delivery.ts";

/** Deliveries whose bodies are good and whose credentials are all kinds of things. */
export async function oddCredentials(): Promise<HostileDelivery[]> {
  return [
    ...await signatures(),
    ...await webhookIds(),
    ...await changedBodies(),
    ...await flatSecret(),
    ...texts("bearer", "Authorization", "Bearer token-0123456789", BEARER),
    ...texts("basic", "Authorization", `Basic ${PAIR}`, BASIC),
    ...texts("header", "X-Our-Key", "value-0123456789", HEADER),
    ...await withoutMethod(),
  ];
}

const PAIR = toBase64(encodeUtf8("user:pass:word"));
const SECRETS = RECEIVERS.hmac.webhooks;
const ID = "X-Allus-Webhook-Id";
const SIGNATURE = "X-Allus-Signature";
const WIDE = "\uff10".repeat(64);

let serial = 0;

function row(): { raw: JsonObject; body: string } {
  serial++;
  const raw = {
    id: `c-${serial}`,
    event: "connection_created",
    person_user_id: `q-${serial}`,
    at: "2026-06-18T12:00:00Z",
  };
  return { raw, body: JSON.stringify(raw) };
}

function delivery(
  name: string,
  parts: {
    receiver?: Receiver;
    headers: HeaderList;
    verify?: boolean;
    message?: { raw: JsonObject; body: string };
  },
): HostileDelivery {
  const { receiver = "hmac", headers, verify = false } = parts;
  const { raw, body } = parts.message ?? row();
  return finish({ name, body, raw }, { receiver, headers, verify });
}

async function signatures(): Promise<HostileDelivery[]> {
  const message = row();
  const body = encodeUtf8(message.body);
  const good = await signHex(SECRETS.wh_1, body);
  const digest = async (text: string): Promise<string> =>
    toHex(
      new Uint8Array(await crypto.subtle.digest("SHA-256", encodeUtf8(text))),
    );
  const bad: [string, string][] = [
    ["an empty signature", ""],
    ["a blank signature", "   "],
    ["zeros", "0".repeat(64)],
    ["one digit", good.slice(0, 1)],
    ["two digits", good.slice(0, 2)],
    ["a digit short", good.slice(0, 63)],
    ["a byte short", good.slice(0, 62)],
    ["a digit more", `${good}0`],
    ["a byte more", `${good}00`],
    ["the signature twice", good + good],
    ["the signature and a comma", `${good},`],
    ["the signature after a comma", `0, ${good}`],
    ["a signature of 8 KiB", "a".repeat(8192)],
    ["the last digit changed", good.slice(0, 63) + (good[63] === "0" ? 1 : 0)],
    ["no hexadecimal digits", "z".repeat(64)],
    ["a prefix sha256=", `sha256=${good}`],
    ["a prefix 0x", `0x${good}`],
    ["a prefix v1,", `v1,${good}`],
    ["base64", toBase64(fromHex(good) ?? new Uint8Array())],
    ["blanks inside", good.replace(/../g, "$& ")],
    ["letters beyond ASCII", "é".repeat(64)],
    ["digits of full width", WIDE],
    ["a zero byte", `${good}\0`],
    ["a line end inside", `${good}\r\nX-Allus-Webhook-Id: wh_2`],
    ["a fold", `${good.slice(0, 32)}\r\n ${good.slice(32)}`],
    ["the word null", "null"],
    ["the word undefined", "undefined"],
    ["another secret", await signHex("guess", body)],
    ["the secret of another webhook", await signHex(SECRETS.wh_2, body)],
    ["the id as the secret", await signHex("wh_1", body)],
    ["no body signed", await signHex(SECRETS.wh_1, new Uint8Array())],
    ["a plain digest", await digest(message.body)],
    [
      "a digest with the secret before",
      await digest(SECRETS.wh_1 + message.body),
    ],
    ["HMAC with SHA-1", await otherHmac("SHA-1", body)],
    ["HMAC with SHA-512", await otherHmac("SHA-512", body)],
  ];
  const id = [ID, "wh_1"] as const;
  return [
    delivery("the signature, upper case", {
      headers: [id, [SIGNATURE, good.toUpperCase()]],
      verify: true,
      message,
    }),
    delivery("names of headers in lower case", {
      ...await signed("wh_1", { lower: true }),
      verify: true,
    }),
    delivery("the other webhook", { ...await signed("wh_2"), verify: true }),
    ...bad.map(([name, signature]) =>
      delivery(`signature: ${name}`, {
        headers: [id, [SIGNATURE, signature]],
        message,
      })
    ),
    delivery("no headers at all", { headers: [], message }),
    delivery("no signature", { headers: [id], message }),
    delivery("the signature in two headers", {
      headers: [id, [SIGNATURE, good], [SIGNATURE, good]],
      message,
    }),
    delivery("the signature under another name", {
      headers: [id, ["X-Hub-Signature-256", good], ["X_Allus_Signature", good]],
      message,
    }),
    delivery("the signature as a bearer token", {
      headers: [id, ["Authorization", `Bearer ${good}`]],
      message,
    }),
    delivery("the secret itself", {
      headers: [id, ["Authorization", `Bearer ${SECRETS.wh_1}`]],
      message,
    }),
  ];
}

async function webhookIds(): Promise<HostileDelivery[]> {
  const message = row();
  const good = await signHex(SECRETS.wh_1, encodeUtf8(message.body));
  const ids = [
    "",
    "wh_2",
    "wh_3",
    "WH_1",
    "wh_1x",
    "wh_1,",
    "wh_1, wh_1",
    "wh_1,wh_2",
    "wh_1\0",
    "wh_1\r\nX-Admin: 1",
    "../wh_1",
    "constructor",
    "__proto__",
    "prototype",
    "toString",
    "hasOwnProperty",
    "get",
    "size",
    "[object Object]",
    "null",
    "é",
    "\u{1f4a7}",
    "w".repeat(4096),
  ];
  return [
    ...ids.map((id) =>
      delivery(`id: ${JSON.stringify(id.slice(0, 24))}`, {
        headers: [[ID, id], [SIGNATURE, good]],
        message,
      })
    ),
    delivery("no id", { headers: [[SIGNATURE, good]], message }),
    // What the receiver checks with where it knows no secret must not let anybody in.
    ...await Promise.all(
      ["\0", "secret", "undefined"].map(async (guess) =>
        delivery(`an unknown id, signed with ${JSON.stringify(guess)}`, {
          headers: [
            [ID, "wh_3"],
            [SIGNATURE, await signHex(guess, encodeUtf8(message.body))],
          ],
          message,
        })
      ),
    ),
    delivery("the id in two headers", {
      headers: [[ID, "wh_1"], [ID, "wh_1"], [SIGNATURE, good]],
      message,
    }),
  ];
}

async function changedBodies(): Promise<HostileDelivery[]> {
  const { headers, message } = await signed("wh_1");
  const { body, raw } = message;
  const bodies: [string, string][] = [
    ["one letter changed", body.replace("created", "createD")],
    ["a line end more", `${body}\n`],
    ["written anew", JSON.stringify(raw, null, 1)],
    ["another person", body.replace(/q-\d+/, "q-0")],
    ["above 1 MiB", JSON.stringify({ ...raw, note: "n".repeat(MIB) })],
  ];
  return bodies.map(([name, body]) =>
    delivery(`body: ${name}`, {
      headers,
      message: { raw: JSON.parse(body), body },
    })
  );
}

async function flatSecret(): Promise<HostileDelivery[]> {
  const make = async (
    name: string,
    ids: readonly string[],
    verify: boolean,
  ): Promise<HostileDelivery> => {
    const message = row();
    const secret = RECEIVERS.single.webhook_secret;
    const signature = await signHex(secret, encodeUtf8(message.body));
    return delivery(name, {
      receiver: "single",
      headers: [
        ...ids.map((id) => [ID, id] as const),
        [SIGNATURE, signature],
      ],
      verify,
      message,
    });
  };
  return [
    await make("any id", ["wh_77"], true),
    await make("no id", [], true),
    await make("id constructor", ["constructor"], true),
    await make("id __proto__", ["__proto__"], true),
    await make("two ids", ["wh_1", "wh_2"], false),
    delivery("no signature", { receiver: "single", headers: [[ID, "wh_1"]] }),
    delivery("zeros", {
      receiver: "single",
      headers: [[SIGNATURE, "0".repeat(64)]],
    }),
  ];
}

const BEARER = [
  "bearer token-0123456789",
  "BEARER token-0123456789",
  "Bearer  token-0123456789",
  "Bearer\ttoken-0123456789",
  "Bearer token-012345678",
  "Bearer token-01234567890",
  "Bearer Token-0123456789",
  "Bearer token-0123456789, Bearer token-0123456789",
  "Bearer token-0123456789,",
  "Bearer token-0123456789\0",
  "Bearer token-0123456789é",
  "Bearer",
  "Bearer null",
  "Bearer undefined",
  "Basic token-0123456789",
  "token-0123456789",
  `Bearer ${"x".repeat(8192)}`,
];

const BASIC = [
  `basic ${PAIR}`,
  `Basic  ${PAIR}`,
  `Basic ${PAIR.replace(/=+$/, "")}`,
  `Basic ${PAIR}=`,
  `Basic ${toBase64(encodeUtf8("user:pass"))}`,
  `Basic ${toBase64(encodeUtf8("USER:pass:word"))}`,
  `Basic ${toBase64(encodeUtf8("pass:word:user"))}`,
  `Basic ${toBase64(encodeUtf8("user"))}`,
  `Basic ${toBase64(encodeUtf8(":"))}`,
  "Basic user:pass:word",
  "Basic",
  `Bearer ${PAIR}`,
  `Basic ${PAIR}, Basic ${PAIR}`,
];

const HEADER = [
  "value-012345678",
  "value-01234567890",
  "VALUE-0123456789",
  "value-0123456789, value-0123456789",
  '"value-0123456789"',
  "value-0123456789;",
  "v",
  "null",
  "\u00e9".repeat(16),
];

function texts(
  receiver: Receiver,
  name: string,
  ...[good, bad]: [string, readonly string[]]
): HostileDelivery[] {
  const one = (
    title: string,
    headers: HeaderList,
    verify = false,
  ): HostileDelivery => delivery(title, { receiver, headers, verify });
  return [
    one("the credential", [[name, good]], true),
    one("its header in lower case", [[name.toLowerCase(), good]], true),
    one("its header in upper case", [[name.toUpperCase(), good]], true),
    one("no credential", []),
    one("an empty credential", [[name, ""]]),
    one("the credential twice", [[name, good], [name, good]]),
    one("the credential after another", [[name, "x"], [name, good]]),
    one("a header that is named alike", [[`${name}s`, good]]),
    ...bad.map((value) =>
      one(JSON.stringify(value.slice(0, 32)), [[name, value]])
    ),
  ];
}

async function withoutMethod(): Promise<HostileDelivery[]> {
  const everything: HeaderList = [
    ...(await signed("wh_1")).headers,
    ["Authorization", "Bearer token-0123456789"],
    ["X-Our-Key", "value-0123456789"],
  ];
  const none = { receiver: "none", verify: true } as const;
  const odd: HeaderList = [[ID, "__proto__"], [SIGNATURE, "x"]];
  return [
    delivery("no headers", { ...none, headers: [] }),
    delivery("odd headers", { ...none, headers: odd }),
    finish({
      name: "garbage",
      body: "garbage",
      parse: "WebhookError",
    }, { ...none, headers: [] }),
    delivery("no headers", { receiver: "unset", headers: [] }),
    delivery("every credential", { receiver: "unset", headers: everything }),
  ];
}

async function signed(
  id: keyof typeof SECRETS,
  options: { lower?: boolean } = {},
): Promise<{
  headers: HeaderList;
  message: { raw: JsonObject; body: string };
}> {
  const message = row();
  const signature = await signHex(SECRETS[id], encodeUtf8(message.body));
  const headers: HeaderList = [[ID, id], [SIGNATURE, signature]];
  return {
    headers: options.lower
      ? headers.map(([name, value]) => [name.toLowerCase(), value] as const)
      : headers,
    message,
  };
}

async function otherHmac(
  hash: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const algorithm = { name: "HMAC", hash };
  const key = await crypto.subtle.importKey(
    "raw",
    encodeUtf8(SECRETS.wh_1),
    algorithm,
    false,
    ["sign"],
  );
  return toHex(new Uint8Array(await crypto.subtle.sign("HMAC", key, body)));
}
