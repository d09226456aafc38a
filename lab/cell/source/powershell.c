/*
 * Stand-in for PowerShell: it knows one cmdlet, Invoke-WebRequest with an http URL in single quotes, as the
 * generated scripts and health checks use it. With .Content the body is printed; a failure, or a status of
 * 400 and more, is exit code 1. Anything else is refused, so that nothing passes for proven that is not.
 */
#include "http.h"

int main(int argc, char **argv) {
  static struct answer answer;
  static char command[8192], url[2048];
  for (int i = 1; i < argc; i++) {
    strncat(command, argv[i], sizeof command - strlen(command) - 2);
    strcat(command, " ");
  }
  const char *start = strstr(command, "'http://");
  if (strstr(command, "Invoke-WebRequest") == NULL || start == NULL ||
      sscanf(start, "'%2047[^']'", url) != 1) {
    fprintf(stderr, "powershell (laboratory): only Invoke-WebRequest with a quoted URL is known here\n");
    return 64;
  }
  int code = http_get(url, 10000, &answer);
  if (code != 0 || answer.status >= 400) {
    fprintf(stderr, "Invoke-WebRequest: %s: error %d, status %d\n", url, code, answer.status);
    return 1;
  }
  if (strstr(command, ".Content") != NULL) {
    fwrite(answer.body, 1, (size_t)answer.length, stdout);
    fflush(stdout);
  }
  return 0;
}
