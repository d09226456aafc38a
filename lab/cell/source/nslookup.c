/* Stand-in for Windows' nslookup.exe, which asks the engine past the DNS client's cache: nslookup NAME, or names and
   "set" commands, which change nothing here, on its standard input. */
#include "control.h"

/* As there, what went wrong is on stderr. */
static void look_up(const char *name) {
  static char text[65536];
  ask_client("nslookup", name, text, sizeof text);
  for (char *line = text, *end; *line; line = end) {
    end = strchr(line, '\n');
    end = end == NULL ? line + strlen(line) : end + 1;
    FILE *to = strncmp(line, "***", 3) == 0 ? stderr : stdout;
    fwrite(line, 1, (size_t)(end - line), to);
    fflush(to);
  }
}

int main(int argc, char **argv) {
  char line[512];
  if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
    fprintf(stderr, "nslookup (laboratory): only one name, or commands on the standard input, are known here\n");
    return 1;
  }
  if (argc == 2) {
    look_up(argv[1]);
    return 0;
  }
  look_up("");
  for (printf("> "); fgets(line, sizeof line, stdin) != NULL; printf("> ")) {
    line[strcspn(line, "\r\n ")] = 0;
    if (strcmp(line, "exit") == 0) break;
    if (line[0] != 0 && strcmp(line, "set") != 0) look_up(line);
  }
  return 0;
}
