/** The name by which others know the sender of a request; the version is that of the package. */
export const USER_AGENT = "Sluice/0.1.0";
