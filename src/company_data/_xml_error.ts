/** XML that is not what the platform writes. Callers turn it into the error of their own concern. */
export class XmlError extends Error {
  override readonly name = "XmlError";
}

/** `state` says what is wrong, never with words of the document, which may hold personal data. */
export function xmlError(state: string): XmlError {
  return new XmlError(`Cannot read the XML: ${state}`);
}
