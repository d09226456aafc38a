import { z } from "zod";
import { Findings } from "../compose/findings";
import { parseNginx } from "../compose/nginxFile";
import { fault } from "./fields";

/**
 * Directives of the user's own: any that nginx has, as nginx alone can tell, but whole ones. A brace too many
 * would end the block that they stand in, and the rest would hold for something else.
 */
const directives = z
  .string()
  .superRefine((text, ctx) => {
    if (text.includes("\0")) {
      fault(ctx, [], "holds a NUL character, at which nginx would cut it off", {
        code: "invalidFormat",
        hint: "leave it out",
      });
      return;
    }
    const source = { file: "", text: `${text}\n` };
    const findings = new Findings();
    parseNginx(source, findings);
    for (const { path, message, hint } of findings.issues((one, other) => one.offset - other.offset)) {
      const [line, column] = path.slice(1).split(":");
      const params = hint === undefined ? {} : { hint };
      fault(ctx, [], `line ${line ?? ""}, column ${column ?? ""}: ${message}`, { code: "syntax", ...params });
    }
  })
  .default("");

/** Schema of `ExtraConfigArgs`. */
export const extraConfig = z.strictObject({ http: directives, server: directives });
