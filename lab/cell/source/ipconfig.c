/* Stand-in for Windows' ipconfig.exe /flushdns and /displaydns: the cell's DNS client (../program) does the work. */
#include <winsock2.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  if (argc != 2 || (_stricmp(argv[1], "/flushdns") != 0 && _stricmp(argv[1], "/displaydns") != 0)) {
    fprintf(stderr, "ipconfig (laboratory): only /flushdns and /displaydns are known here\n");
    return 1;
  }
  WSADATA data;
  WSAStartup(MAKEWORD(2, 2), &data);
  SOCKET client = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(54), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  char text[4096];
  int total = 0, now, size = snprintf(text, sizeof text, "%s\n", argv[1]);
  if (connect(client, (struct sockaddr *)&address, sizeof address) == 0 && send(client, text, size, 0) == size)
    for (; (now = recv(client, text, sizeof text, 0)) > 0; total += now) fwrite(text, 1, (size_t)now, stdout);
  if (total > 0) return 0;
  printf("Could not flush the DNS Resolver Cache: Function failed during execution.\n");
  return 1;
}
