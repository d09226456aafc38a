/*
 * Stand-in for PowerShell. It knows what the field report's and the generated scripts use: Invoke-WebRequest
 * with an http URL in single quotes (with .Content the body is printed; a failure, or a status of 400 and more,
 * is exit code 1), a connection by Net.Sockets.TcpClient, and sleep. Anything else is refused, so that nothing
 * passes for proven that is not.
 */
#include "http.h"

static struct answer answer;

static int connects(const char *call) {
  char host[256];
  int port;
  if (sscanf(call, "Connect('%255[^']', %d)", host, &port) != 2) return 64;
  WSADATA data;
  WSAStartup(MAKEWORD(2, 2), &data);
  SOCKET client = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((u_short)port), .sin_addr.s_addr = inet_addr(host)};
  return connect(client, (struct sockaddr *)&address, sizeof address) != 0;
}

int main(int argc, char **argv) {
  static char command[8192], url[2048];
  double seconds;
  for (int i = 1; i < argc; i++) {
    strncat(command, argv[i], sizeof command - strlen(command) - 2);
    strcat(command, " ");
  }
  const char *sleep = strstr(command, "sleep "), *tcp = strstr(command, "Connect(");
  if (sleep == NULL) sleep = strstr(command, "Sleep ");
  if (sleep != NULL && sscanf(sleep + 6, "%lf", &seconds) == 1) {
    Sleep((DWORD)(seconds * 1000));
    return 0;
  }
  if (strstr(command, "Net.Sockets.TcpClient") != NULL && tcp != NULL) return connects(tcp);

  const char *start = strstr(command, "'http://");
  if (strstr(command, "Invoke-WebRequest") == NULL || start == NULL || sscanf(start, "'%2047[^']'", url) != 1) {
    fprintf(stderr, "powershell (laboratory): not known here: %s\n", command);
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
