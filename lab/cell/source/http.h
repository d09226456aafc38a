/* One HTTP/1.0 GET, for the stand-ins of curl.exe and PowerShell. */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct answer {
  int status;
  char body[65536];
  int length;
};

/* 0: answered; otherwise curl's exit code: 3 the URL, 6 the name, 7 the connection, 28 the time, 52 no answer. */
static int http_get(const char *url, int timeout_ms, struct answer *answer) {
  char host[256] = "", port[8] = "80", path[2048] = "/", text[4096];
  WSADATA data;
  if (sscanf(url, "http://%255[^:/]:%7[0-9]%2047s", host, port, path) < 2 &&
      sscanf(url, "http://%255[^:/]%2047s", host, path) < 1)
    return 3;
  WSAStartup(MAKEWORD(2, 2), &data);

  struct addrinfo hints = {0}, *found = NULL;
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  if (getaddrinfo(host, port, &hints, &found) != 0) return 6;
  SOCKET connection = socket(AF_INET, SOCK_STREAM, 0);
  DWORD limit = (DWORD)timeout_ms;
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, (const char *)&limit, sizeof limit);
  setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, (const char *)&limit, sizeof limit);
  if (connect(connection, found->ai_addr, (int)found->ai_addrlen) != 0) return 7;

  int size = snprintf(text, sizeof text, "GET %s HTTP/1.0\r\nHost: %s\r\nConnection: close\r\n\r\n", path, host);
  if (send(connection, text, size, 0) != size) return 52;
  static char received[sizeof answer->body + 8192];
  int total = 0, now;
  while (total < (int)sizeof received - 1 &&
         (now = recv(connection, received + total, (int)sizeof received - 1 - total, 0)) > 0)
    total += now;
  int error = WSAGetLastError();
  closesocket(connection);
  received[total] = 0;
  char *body = strstr(received, "\r\n\r\n");
  if (body == NULL || sscanf(received, "HTTP/%*s %d", &answer->status) != 1)
    return error == WSAETIMEDOUT ? 28 : 52;
  body += 4;
  answer->length = total - (int)(body - received);
  if (answer->length > (int)sizeof answer->body) answer->length = sizeof answer->body;
  memcpy(answer->body, body, (size_t)answer->length);
  return 0;
}
