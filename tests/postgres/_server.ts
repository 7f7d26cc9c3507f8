/**
 * A PostgreSQL server of the tests: on a free loopback port, with a data folder of its own, gone when the test process
 * is, however that ends.
 */
import { join } from "@std/path";

/** A server that is running, or can be started again. */
export interface PostgresServer {
  /** Where clients connect. */
  readonly url: string;
  readonly port: number;
  /** Starts it, and resolves when it takes connections. */
  start(): Promise<void>;
  /** Ends it as a power cut does: every process at once, by SIGKILL. */
  kill(): Promise<void>;
}

// In the background, as some releases of Deno end their direct children when they end.
const HOLDER = `exec 3<&0
(
  trap '' INT TERM HUP
  cat <&3 >/dev/null
  pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
  if [ -n "$pid" ]; then
    kill -QUIT "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
  fi
  rm -rf "$1"
) &`;

// The collector would close the pipe of one that nobody knows any more.
const holders: Deno.ChildProcess[] = [];

/** Starts a server, or resolves to `undefined` where PostgreSQL is not installed. */
export async function startPostgres(): Promise<PostgresServer | undefined> {
  const bin = await findBinaries();
  if (bin === undefined) return undefined;
  const dir = await Deno.makeTempDir({ prefix: "sluice-postgres-" });
  hold(dir);
  const user = await userOf(dir);
  const run = (name: string, args: string[]): Promise<void> =>
    runAs(user, [join(bin, name), ...args]);
  const data = join(dir, "data");
  await run("initdb", [
    ...["-D", data, "-U", "postgres", "-A", "trust"],
    ...["-E", "UTF8", "--locale=C", "--no-sync"],
  ]);
  const port = freePort();
  const settings =
    `-h 127.0.0.1 -p ${port} -c unix_socket_directories= -c fsync=on -c synchronous_commit=on -c max_connections=60 -c log_lock_waits=on`;
  const log = join(dir, "log");
  const server: PostgresServer = {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    start: () =>
      run("pg_ctl", ["start", "-w", "-D", data, "-l", log, "-o", settings]),
    kill: () => killAll(data),
  };
  await server.start();
  return server;
}

async function findBinaries(): Promise<string | undefined> {
  for (const dir of await candidates()) {
    const found = await Deno.stat(join(dir, "pg_ctl")).catch(() => undefined);
    if (found) return dir;
  }
  return undefined;
}

/** `POSTGRES_BIN` names the folder; without it: Debian keeps them out of the path, one folder for each version. */
async function candidates(): Promise<string[]> {
  const named = Deno.env.get("POSTGRES_BIN");
  if (named !== undefined) return [named];
  const debian = "/usr/lib/postgresql";
  const versions: string[] = [];
  try {
    for await (const { name } of Deno.readDir(debian)) versions.push(name);
  } catch {
    // Not a Debian, or none installed.
  }
  const newest = versions.toSorted((a, b) => Number(b) - Number(a));
  const path = Deno.env.get("PATH") ?? "";
  return [
    ...newest.map((version) => join(debian, version, "bin")),
    ...path.split(Deno.build.os === "windows" ? ";" : ":"),
  ].filter((dir) => dir !== "");
}

/** Cleans up when the pipe to this process breaks, which no way of ending it can prevent. */
function hold(dir: string): void {
  const holder = new Deno.Command("sh", {
    args: ["-c", HOLDER, "sh", dir],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  holder.unref();
  holders.push(holder);
}

/** PostgreSQL refuses to run as root: Debian's user of it owns the folder then. */
async function userOf(dir: string): Promise<string[]> {
  if (Deno.uid() !== 0) return [];
  const { success } = await new Deno.Command("chown", {
    args: ["postgres:postgres", dir],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("Cannot start PostgreSQL: no user postgres");
  return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"];
}

async function runAs(user: string[], words: string[]): Promise<void> {
  const [command = "", ...args] = [...user, ...words];
  // No pipe: the server would keep it open.
  const { code } = await new Deno.Command(command, {
    args,
    cwd: "/",
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).output();
  if (code !== 0) {
    throw new Error(`Cannot start PostgreSQL: ${words[0]} failed`);
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

async function killAll(data: string): Promise<void> {
  const file = await Deno.readTextFile(join(data, "postmaster.pid"));
  const parent = Number(file.split("\n")[0]);
  // No child may be born between the look and the kill.
  Deno.kill(parent, "SIGSTOP");
  const children = new TextDecoder().decode(
    (await new Deno.Command("pgrep", { args: ["-P", `${parent}`] }).output())
      .stdout,
  ).trim().split("\n").filter((line) => line !== "").map(Number);
  for (const pid of [parent, ...children]) killOne(pid);
  for (const pid of [parent, ...children]) await gone(pid);
  // Where nobody collects the dead, PostgreSQL takes the one that the file names for alive.
  await Deno.remove(join(data, "postmaster.pid"));
}

function killOne(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

/** Resolves when the process is not there any more. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    const args = ["-o", "stat=", "-p", `${pid}`];
    const { stdout } = await new Deno.Command("ps", { args }).output();
    const state = new TextDecoder().decode(stdout).trim();
    if (state === "" || state.startsWith("Z")) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
