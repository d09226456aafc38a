import fc from "fast-check";

/** Texts that mean something to sh, cmd, PowerShell, nginx, YAML or a terminal when they get there unescaped. */
export const hostileTexts = [
  "'",
  '"',
  "`id`",
  "$(id)",
  "${IFS}",
  "%PATH%",
  "!PATH!",
  "^&whoami",
  "a & b",
  "a | b",
  "a > c:\\x",
  "; return 200;",
  "a; }",
  "} server { listen 81;",
  "{",
  "#",
  "\\",
  "$host",
  "a\nb",
  "a\r\nb",
  "a\tb",
  "\0",
  "\u001b[2J",
  "\u2028",
  "\u2019",
  "-rf",
  "--help",
  "../../etc/passwd",
  "c:\\windows\\..\\x",
  "é",
  "😀",
  "\ud800",
  "<script>",
  "__proto__",
  "constructor",
  " ",
  "",
  "x".repeat(300),
] as const;

/** Such a text, alone or in something that would be fine without it. */
export const hostileText: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom("", "a", "/", "/a", "web", "a."),
    fc.constantFrom(...hostileTexts),
    fc.constantFrom("", "b", "/b", ";"),
  )
  .map((parts) => parts.join(""));
