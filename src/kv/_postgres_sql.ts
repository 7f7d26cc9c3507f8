/** The names of what a store has in the database, quoted. */
export interface PostgresNames {
  readonly table: string;
  readonly index: string;
  readonly sequence: string;
  readonly commit: string;
}

/** The statements that a store uses. */
export interface PostgresStatements {
  readonly get: string;
  readonly commit: string;
  readonly forward: string;
  readonly backward: string;
}

// PostgreSQL cuts names at 63 bytes; the longest ending takes eight.
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,54}$/;
// Those of what a table of a shorter name has beside it.
const TAKEN = /_(?:version|commit|expiry)$/;
/** Bytes of values after which a page of a walk ends, however many keys are left. */
export const PAGE_BYTES: number = 4 * 1024 * 1024;

// Two bytes that read differently when a client does not decode what the server writes (bytea_output = escape).
const PROBE = "'\\x00ff'::bytea as probe";

/**
 * Quotes the names of a store.
 *
 * @throws {TypeError} For a name with anything but letters, digits and underscores.
 */
export function quoteNames(
  { schema, table }: { schema: string; table: string },
): PostgresNames {
  assertName(schema, "schema");
  assertName(table, "table");
  if (TAKEN.test(table)) {
    throw new TypeError(
      "Cannot use table: wanted a name that does not end with _version, _commit or _expiry",
    );
  }
  const named = (ending: string): string => `"${schema}"."${table}${ending}"`;
  return {
    table: named(""),
    index: `"${table}_expiry"`,
    sequence: named("_version"),
    commit: named("_commit"),
  };
}

/** What a store reads and writes with. */
export function statementsOf(
  { table, commit }: PostgresNames,
): PostgresStatements {
  const walk = (order: string): string =>
    `select key, value, is_json, version::text as version, ${PROBE}
from (
  select *, sum(octet_length(value)) over (order by key ${order}) - octet_length(value) as before
  from ${table}
  where key >= decode($1, 'base64') and key < decode($2, 'base64')
    and (expires_at is null or expires_at > clock_timestamp())
  order by key ${order}
  limit $3::bigint
) page
where before < ${PAGE_BYTES}
order by key ${order}`;
  return {
    get: `select value, is_json, version::text as version, ${PROBE}
from ${table}
where key = decode($1, 'base64')
  and (expires_at is null or expires_at > clock_timestamp())`,
    commit: `select ${commit}($1, $2, $3, $4, $5, $6) as version`,
    forward: walk("asc"),
    backward: walk("desc"),
  };
}

/**
 * The statements that make a store, in one text; running them again changes nothing.
 *
 * Values are `bytea`: `jsonb` has no U+0000, orders members, and rounds and respells numbers, so that it would give back
 * something else. `convert_from(value, 'UTF8')` shows the JSON of a row.
 */
export function setupSql(names: PostgresNames): string {
  return `-- Two that run this at once would stumble over each other: "if not exists" does not wait.
select pg_advisory_xact_lock(hashtext('${names.table}'));

create table if not exists ${names.table} (
  key bytea primary key,
  value bytea not null,
  is_json boolean not null,
  version bigint not null,
  expires_at timestamptz
) with (autovacuum_vacuum_scale_factor = 0.02);

create index if not exists ${names.index} on ${names.table} (expires_at)
where expires_at is not null;

create sequence if not exists ${names.sequence};

${commitFunction(names)}
`;
}

/**
 * The function that commits, so that a commit is one statement, one transaction and one round trip.
 *
 * A plain statement cannot do it: all of it sees the database as it was when it began, so it cannot look at a row that
 * it had to wait for. Each statement of a function sees what was committed before it.
 *
 * First it locks every key of the commit, those it only checks too, in the order of the keys: so no two commits wait for
 * each other, and what the checks find stays true until the end. A row that is absent cannot be locked: it is inserted,
 * with its value where it has one, and taken back when a check does not hold. "serializable" would do the same with
 * failures instead of waiting, and rows side by side in a page of the index, as those of a queue are, fail each other.
 */
function commitFunction({ table, sequence, commit }: PostgresNames): string {
  return `create or replace function ${commit}(
  keys text,       -- base64, with commas between, in order, each once
  ops text,        -- one letter for each key: j and b set JSON and bytes, d deletes, n only checks
  vals text,       -- base64 or nothing for each key
  lifetimes text,  -- milliseconds or nothing for each key
  check_keys text, -- those of the keys that are checked
  checks text      -- for each of them a version, or a for absent
) returns text
language plpgsql
set plan_cache_mode = force_generic_plan
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
as $sluice$
declare
  now constant timestamptz := clock_timestamp();
  -- Random digits behind the sequence: a failover that loses commits does not give their versions again.
  stamp constant bigint := nextval('${sequence}') * 1048576 + floor(random() * 1048576)::bigint;
  all_keys constant text[] := string_to_array(keys, ',');
  all_ops constant text[] := string_to_array(ops, null);
  all_vals constant text[] := string_to_array(vals, ',');
  all_lifetimes constant text[] := string_to_array(lifetimes, ',');
  inserted bigint;
begin
  insert into ${table} as held (key, value, is_json, version, expires_at)
  select decode(u.k, 'base64'), coalesce(decode(u.v, 'base64'), ''), u.o = 'j',
    case when u.o in ('j', 'b') then stamp else 0 end,
    now + nullif(u.l, '')::bigint * interval '1 millisecond'
  from unnest(all_keys, all_ops, all_vals, all_lifetimes) as u (k, o, v, l)
  on conflict (key) do update set version = held.version where false;
  get diagnostics inserted = row_count;

  if check_keys <> '' and exists (
    select from unnest(string_to_array(check_keys, ','), string_to_array(checks, ',')) as u (k, c)
    join ${table} as held on held.key = decode(u.k, 'base64')
    where u.c <> case
      when held.version in (0, stamp) or held.expires_at <= now then 'a'
      else held.version::text
    end
  ) then
    if inserted > 0 then
      delete from ${table} as held using unnest(all_keys) as u (k)
      where held.key = decode(u.k, 'base64') and held.version in (0, stamp);
    end if;
    return null;
  end if;

  if inserted < cardinality(all_keys) and ops ~ '[jb]' then
    update ${table} as held
    set value = coalesce(decode(u.v, 'base64'), ''), is_json = u.o = 'j', version = stamp,
      expires_at = now + nullif(u.l, '')::bigint * interval '1 millisecond'
    from unnest(all_keys, all_ops, all_vals, all_lifetimes) as u (k, o, v, l)
    where held.key = decode(u.k, 'base64') and u.o in ('j', 'b') and held.version <> stamp;
  end if;

  if ops ~ 'd' or (inserted > 0 and ops ~ 'n') then
    delete from ${table} as held using unnest(all_keys, all_ops) as u (k, o)
    where held.key = decode(u.k, 'base64') and (u.o = 'd' or held.version = 0);
  end if;

  if lifetimes ~ '[0-9]' then
    -- Twice what this commit adds, and only what nobody has locked.
    delete from ${table} where ctid = any (array(
      select ctid from ${table}
      where expires_at <= now
      order by expires_at
      limit 2 * (select count(*) from unnest(all_lifetimes) as u (l) where u.l <> '')
      for update skip locked
    ));
  end if;
  return stamp::text;
end
$sluice$;`;
}

function assertName(name: unknown, option: string): void {
  if (typeof name === "string" && NAME.test(name)) return;
  throw new TypeError(
    `Cannot use ${option}: wanted a name of 1 to 55 letters, digits and underscores that does not begin with a digit`,
  );
}
