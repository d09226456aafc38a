/* Asks the cell's DNS client (../program) by a line of text, for the stand-ins of ipconfig.exe and nslookup.exe. */
#include <winsock2.h>
#include <stdio.h>
#include <string.h>

/* The answer's length; 0 when there is none. */
static int ask_client(const char *what, const char *about, char *answer, int room) {
  WSADATA data;
  WSAStartup(MAKEWORD(2, 2), &data);
  SOCKET client = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(54), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  char question[1024];
  int total = 0, now, size = snprintf(question, sizeof question, "%s %s\n", what, about);
  if (connect(client, (struct sockaddr *)&address, sizeof address) == 0 && send(client, question, size, 0) == size)
    while (total < room - 1 && (now = recv(client, answer + total, room - 1 - total, 0)) > 0) total += now;
  closesocket(client);
  answer[total] = 0;
  return total;
}
