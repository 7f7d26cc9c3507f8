import {
  ApiError,
  AuthError,
  ConfigError,
  KvError,
  RateLimitError,
} from "../../errors.ts";
import { WriteFailed } from "./write_failed.ts";

const WRITE_MEND = "make room where it is written, and run it again";
const STORE_MEND =
  "try again once the store is free and its disk works, or name another one with --kv; nothing that was stored is lost";

/** What a person can do about an error; `undefined` when its message says it all. */
export function mendOf(error: unknown): string | undefined {
  if (error instanceof ConfigError) return mendConfig(error);
  if (error instanceof AuthError) return mendAuth(error);
  if (error instanceof ApiError) return mendApi(error);
  if (error instanceof WriteFailed) return WRITE_MEND;
  return error instanceof KvError ? mendStore(error) : undefined;
}

// Codes of PostgreSQL (appendix A of its manual): no such table, no such function, or no such schema.
const NOT_SET_UP = /^(?:42P01|42883|3F000)$/;
// It does not let the user in, there is no such database, or there is no server.
const NOT_REACHED =
  /^(?:28\w{3}|3D000|ECONN\w+|ENOTFOUND|EAI_AGAIN|E\w+UNREACH|CONNECT\w+)$/;

function mendStore({ cause }: KvError): string {
  const { code } = Object(cause) as { code?: unknown };
  if (typeof code !== "string") return STORE_MEND;
  if (NOT_SET_UP.test(code)) return "make the table first: sluice store setup";
  return NOT_REACHED.test(code)
    ? "check DATABASE_URL, and that the server runs; nothing that was stored is lost"
    : STORE_MEND;
}

function mendConfig({ cause, problems }: ConfigError): string | undefined {
  if (isAbsent(cause)) {
    return "write the file, name another one with --config, or make one to try with: sluice sandbox";
  }
  if (cause instanceof Deno.errors.AddrInUse) {
    return "name another port with --port; 0 takes a free one";
  }
  const [first, ...more] = problems;
  if (first?.field.endsWith("private_key") && more.length === 0) {
    return "look at the key with: sluice keys inspect <file>";
  }
  const isFile = problems.some(({ field }) => /^[a-z_.]+$/.test(field));
  return isFile
    ? "set what is named above in the configuration, then: sluice doctor"
    : undefined;
}

// Each host has a class of its own for it.
function isAbsent(cause: unknown): boolean {
  return (Object(cause) as { code?: unknown }).code === "ENOENT";
}

function mendAuth({ status, retryable }: AuthError): string {
  if (status === 0) return "check api_url and the network";
  if (retryable) return "try again later; the platform is busy or down";
  return "check client_id and client_secret, and that api_url is the platform they belong to";
}

function mendApi(error: ApiError): string | undefined {
  if (error instanceof RateLimitError) {
    return `try again in ${error.retryAfter ?? 60} s, and run less often`;
  }
  const { status, errorKey, retryable } = error;
  if (errorKey === "http.no_address" || errorKey === "http.dns") {
    return "check the name in the address, and the network";
  }
  if (status === 0) return "check api_url and the network";
  if (status === 403) return "check that the service may use company data";
  if (status === 404) return "check the id, and the path in api_url";
  if (status === 421) return "set api_url to the region of the service";
  return retryable || status >= 500 ? "try again later" : undefined;
}
