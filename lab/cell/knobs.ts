/** A number, or a range of which one is drawn. */
export type Span = number | readonly [from: number, to: number];

/** How the DNS of a cell misbehaves, by choice. */
export interface DnsKnobs {
  /** The engine's DNS answers so many seconds late. @default 0 */
  delaySeconds?: Span;
  /**
   * So many answers say that there is no such name, after what the engine knows of the name has changed: a
   * container came, went or moved. @default 0
   */
  negativeAnswers?: Span;
  /** So many answers after those lack one address of several. @default 0 */
  partialAnswers?: Span;
  /**
   * How long the DNS client remembers that a name was not there.
   * @default `MaxNegativeCacheTtl` of the image's registry, else 900
   */
  negativeSeconds?: Span;
}

/** The knobs as a cell reads them (cell/program/knobs.go). */
export function dnsVariables(knobs: DnsKnobs, seed: number): Record<string, string> {
  const values: Record<string, Span | undefined> = {
    WEBFARM_LAB_DNS_DELAY_SECONDS: knobs.delaySeconds,
    WEBFARM_LAB_DNS_NEGATIVE: knobs.negativeAnswers,
    WEBFARM_LAB_DNS_PARTIAL: knobs.partialAnswers,
    WEBFARM_LAB_NEGATIVE_SECONDS: knobs.negativeSeconds,
  };
  return {
    WEBFARM_LAB_SEED: String(seed),
    ...Object.fromEntries(
      Object.entries(values)
        .filter((entry): entry is [string, Span] => entry[1] !== undefined)
        .map(([name, span]) => [name, typeof span === "number" ? String(span) : span.join("-")]),
    ),
  };
}
