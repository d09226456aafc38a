/* Stand-in for Windows' tasklist.exe /nh /fi "imagename eq NAME": the processes of that name. */
#include <windows.h>
#include <tlhelp32.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  const char *name = argc == 4 && _strnicmp(argv[3], "imagename eq ", 13) == 0 ? argv[3] + 13 : NULL;
  if (name == NULL || _stricmp(argv[1], "/nh") != 0 || _stricmp(argv[2], "/fi") != 0) {
    fprintf(stderr, "tasklist (laboratory): only /nh /fi \"imagename eq NAME\" is known here\n");
    return 1;
  }
  PROCESSENTRY32 entry = {.dwSize = sizeof entry};
  HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
  int found = 0;
  for (BOOL more = Process32First(all, &entry); more; more = Process32Next(all, &entry)) {
    if (_stricmp(entry.szExeFile, name) != 0) continue;
    printf("%-25s %8lu Services                   0     10,000 K\n", entry.szExeFile, entry.th32ProcessID);
    found++;
  }
  if (found == 0) printf("INFO: No tasks are running which match the specified criteria.\n");
  return 0;
}
