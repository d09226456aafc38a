import { show } from "../schema/validate";
import type { Findings } from "./findings";
import type { Place, Source } from "./place";

/** One directive of an nginx configuration, with its block when it has one. */
export interface Directive {
  readonly name: string;
  readonly words: readonly string[];
  readonly block?: readonly Directive[];
  readonly at: Place;
}

interface Token {
  readonly text: string;
  /** True for `{`, `}` and `;` that stand outside quotes. */
  readonly sign: boolean;
  readonly offset: number;
}

/** Parses an nginx configuration; undefined when it is none. */
export function parseNginx(source: Source, findings: Findings): readonly Directive[] | undefined {
  const tokens = tokensOf(source, findings);
  if (tokens === undefined) return undefined;
  const open: { directives: Directive[]; name: string; words: string[]; at: Place }[] = [];
  let directives: Directive[] = [];
  let words: Token[] = [];
  const fail = (offset: number, message: string, hint: string): undefined => {
    findings.refuse({ source, offset }, "syntax", message, hint);
    return undefined;
  };
  for (const token of tokens) {
    if (!token.sign) {
      words.push(token);
      continue;
    }
    const [first, ...rest] = words;
    words = [];
    if (token.text === "}") {
      if (first !== undefined) {
        fail(first.offset, `${show(first.text)} is not ended`, "put a ; behind it");
        return;
      }
      const around = open.pop();
      if (around === undefined) {
        fail(token.offset, "a } without its {", "remove it");
        return;
      }
      around.directives.push({ name: around.name, words: around.words, block: directives, at: around.at });
      directives = around.directives;
      continue;
    }
    if (first === undefined) {
      fail(token.offset, `nothing stands before ${token.text}`, "remove it");
      return;
    }
    const directive = {
      name: first.text,
      words: rest.map(({ text }) => text),
      at: { source, offset: first.offset },
    };
    if (token.text === ";") directives.push(directive);
    else {
      open.push({ ...directive, directives });
      directives = [];
    }
  }
  const [unended] = words;
  if (unended !== undefined) {
    fail(unended.offset, `${show(unended.text)} is not ended`, "put a ; behind it");
    return;
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) {
    fail(unclosed.at.offset, `the block of ${show(unclosed.name)} is not closed`, "put a } at its end");
    return;
  }
  return directives;
}

/**
 * The words and signs that nginx sees, as its own reader (ngx_conf_read_token) has it: four kinds of blanks
 * only, and inside a word `}` and the brace of `${` are characters as any other.
 */
function tokensOf(source: Source, findings: Findings): Token[] | undefined {
  const tokens: Token[] = [];
  const pattern =
    /([ \t\r\n]+|#[^\n]*)|([{};])|("(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*')|((?:\$\{|\\[\s\S]|[^ \t\r\n{};"'])(?:\$\{|\\[\s\S]|[^ \t\r\n{;])*)|([\s\S])/y;
  for (let match = pattern.exec(source.text); match !== null; match = pattern.exec(source.text)) {
    const [all, , sign, quoted, word, odd] = match;
    const offset = match.index;
    if (sign !== undefined) tokens.push({ text: sign, sign: true, offset });
    else if (quoted !== undefined) tokens.push({ text: quoted.slice(1, -1), sign: false, offset });
    else if (word !== undefined) tokens.push({ text: word, sign: false, offset });
    else if (odd !== undefined) {
      findings.refuse({ source, offset }, "syntax", `the quote ${all} is not closed`, "close it");
      return undefined;
    }
  }
  return tokens;
}
