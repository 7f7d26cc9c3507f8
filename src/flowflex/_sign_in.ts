import type { KeyRing, Login, Logins } from "./_key_ring.ts";
import type { Scope } from "./_scope.ts";

/** How one call of a method signs in: all of its requests together, so that the ring is asked once, and once more. */
export class SignIn {
  readonly #ring: KeyRing;
  readonly #scope: Scope;
  readonly #refused = new Set<string>();
  readonly #secrets = new Set<string>();
  #logins: Promise<Logins> | undefined;
  #again: Promise<Logins> | undefined;

  constructor(ring: KeyRing, scope: Scope) {
    this.#ring = ring;
    this.#scope = scope;
  }

  /** Texts of all logins so far, which no error may repeat. */
  get secrets(): readonly string[] {
    return [...this.#secrets];
  }

  /** The login for a request; one that was refused only when there is no other. */
  async current(): Promise<Login> {
    const logins = await (this.#logins ??= this.#ask(false));
    return this.#fresh(logins) ?? logins[0];
  }

  /** The one to try after a 401; `undefined` when all were refused. */
  async after(refused: Login): Promise<Login | undefined> {
    this.#refused.add(refused.basic);
    const next = this.#fresh(await this.#logins);
    if (next) return next;
    // Requests that are refused at the same time share one question.
    this.#logins = this.#again ??= this.#ask(true);
    return this.#fresh(await this.#again);
  }

  /** Notes that the platform has taken it. */
  worked(login: Login): void {
    this.#ring.worked(login);
  }

  #fresh(logins: Logins | undefined): Login | undefined {
    return logins?.find(({ basic }) => !this.#refused.has(basic));
  }

  async #ask(isRefused: boolean): Promise<Logins> {
    this.#scope.throwIfOver();
    const { signal } = this.#scope;
    const logins = await this.#scope.within(
      this.#ring.logins({ isRefused, signal }),
    );
    for (const text of logins.flatMap(({ secrets }) => secrets)) {
      this.#secrets.add(text);
    }
    return logins;
  }
}
