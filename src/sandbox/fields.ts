/** A field that the company asks people for. */
export interface SandboxField {
  /** The company's own name of the field. */
  slug: string;
  /** Field type: `email`, `phone`, `text`, `address`, `date`, `photo`, `document`, `bank`, `country` and so on. */
  type: string;
  /** What people read. Defaults to the slug. */
  label?: string;
  /** Whether it is given once and not kept up to date. Defaults to `false`. */
  oneTime?: boolean;
  /** Whether a value is demanded. Defaults to `false`. */
  mandatoryProvide?: boolean;
  /** Whether a live source is demanded. Defaults to `false`. */
  mandatoryConnected?: boolean;
  /** Further members of the wire row, in their wire names, such as `audience` or `verified`. */
  extra?: Readonly<Record<string, unknown>>;
}

/** The catalog of a sandbox that is given none: one field of each kind of value. */
export const DEFAULT_FIELDS: readonly Readonly<SandboxField>[] = Object.freeze(
  [
    {
      slug: "email",
      type: "email",
      label: "Email address",
      mandatoryProvide: true,
    },
    { slug: "phone", type: "phone", label: "Phone number" },
    { slug: "job_title", type: "text", label: "Job title" },
    { slug: "address", type: "address", label: "Home address" },
    { slug: "birth_date", type: "date_of_birth", label: "Date of birth" },
    { slug: "member_since", type: "date", label: "Member since" },
    { slug: "photo", type: "photo", label: "Portrait" },
    { slug: "document", type: "document", label: "Proof of address" },
    { slug: "bank", type: "bank", label: "Bank account" },
    { slug: "country", type: "country", label: "Country of residence" },
  ],
);

/** The field as `/request-fields` shows it. */
export function fieldRow(field: SandboxField): Record<string, unknown> {
  return {
    slug: field.slug,
    label: field.label ?? field.slug,
    type: field.type,
    one_time: field.oneTime ?? false,
    mandatory_provide: field.mandatoryProvide ?? false,
    mandatory_connected: field.mandatoryConnected ?? false,
    ...field.extra,
  };
}
