/* Stand-in for Windows' ipconfig.exe /flushdns and /displaydns: the cell's DNS client (../program) does the work. */
#include "control.h"

int main(int argc, char **argv) {
  if (argc != 2 || (_stricmp(argv[1], "/flushdns") != 0 && _stricmp(argv[1], "/displaydns") != 0)) {
    fprintf(stderr, "ipconfig (laboratory): only /flushdns and /displaydns are known here\n");
    return 1;
  }
  static char text[65536];
  if (ask_client(argv[1], "", text, sizeof text) > 0) {
    fputs(text, stdout);
    return 0;
  }
  printf("Could not flush the DNS Resolver Cache: Function failed during execution.\n");
  return 1;
}
