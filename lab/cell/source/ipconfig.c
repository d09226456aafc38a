/*
 * Stand-in for Windows' ipconfig.exe /flushdns: asks the cell's resolver, by a file, to forget what it
 * knows, and waits until it has, at most 5 s.
 */
#include <windows.h>
#include <stdio.h>
#include <string.h>

#define REQUEST "Z:\\run\\webfarm-lab\\flush"

int main(int argc, char **argv) {
  if (argc != 2 || _stricmp(argv[1], "/flushdns") != 0) {
    fprintf(stderr, "ipconfig (laboratory): only /flushdns is known here\n");
    return 1;
  }
  HANDLE file = CreateFileA(REQUEST, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
  if (file == INVALID_HANDLE_VALUE) return 1;
  CloseHandle(file);
  for (int tries = 0; tries < 250; tries++) {
    Sleep(20);
    if (GetFileAttributesA(REQUEST) == INVALID_FILE_ATTRIBUTES) {
      printf("\nWindows IP Configuration\n\nSuccessfully flushed the DNS Resolver Cache.\n");
      return 0;
    }
  }
  printf("Could not flush the DNS Resolver Cache: Function failed during execution.\n");
  return 1;
}
