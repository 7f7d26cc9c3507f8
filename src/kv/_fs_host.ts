/** The name of this computer, or `null` where the process may not ask. */
export function hostName(): string | null {
  return isGranted({ name: "sys", kind: "hostname" }) ? Deno.hostname() : null;
}

/** Whether this is an instance of Deno Deploy, whose disk is private to it and gone with it. */
export function isDenoDeploy(): boolean {
  return ["DENO_DEPLOYMENT_ID", "DENO_DEPLOY"].some((variable) =>
    isGranted({ name: "env", variable }) &&
    Deno.env.get(variable) !== undefined
  );
}

/** Whether the process may do it without being asked. */
export function isGranted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}
