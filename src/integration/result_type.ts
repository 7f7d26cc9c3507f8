/** What an {@linkcode IntegrationResult} is about. */
export type ResultType =
  | "action"
  | "action_error"
  | "connected_account"
  | "error"
  | "validation_error";

/** The values of {@linkcode ResultType} by the names of the contract. */
export const ResultType: {
  /** An action did its work. */
  readonly ACTION: "action";
  /** An action says that it could not. */
  readonly ACTION_ERROR: "action_error";
  /** Who the credentials belong to. */
  readonly CONNECTED_ACCOUNT: "connected_account";
  /** Something unforeseen was thrown; in safe mode only. */
  readonly ERROR: "error";
  /** Inputs, credentials or outputs do not match their schemas. */
  readonly VALIDATION_ERROR: "validation_error";
} = Object.freeze({
  ACTION: "action",
  ACTION_ERROR: "action_error",
  CONNECTED_ACCOUNT: "connected_account",
  ERROR: "error",
  VALIDATION_ERROR: "validation_error",
});
