/** The id of the app is empty. */
export class InvalidAppIdError extends TypeError {
  /** @ignore */
  override readonly name = "InvalidAppIdError";
}

/** A capability of this name has been registered already. */
export class DuplicateCapabilityError extends TypeError {
  /** @ignore */
  override readonly name = "DuplicateCapabilityError";
}
