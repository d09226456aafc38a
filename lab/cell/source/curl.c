/* Stand-in for Windows' curl.exe: -f -s -S -o FILE -m SECONDS URL, nothing else. */
#include "http.h"

int main(int argc, char **argv) {
  static struct answer answer;
  const char *url = NULL, *output = NULL;
  int fail = 0, silent = 0, seconds = 30;
  for (int i = 1; i < argc; i++) {
    if (argv[i][0] != '-') {
      url = argv[i];
      continue;
    }
    for (const char *flag = argv[i] + 1; *flag; flag++) {
      if (*flag == 'f') fail = 1;
      else if (*flag == 's') silent = 1;
      else if (*flag == 'S') silent = 0;
      else if (*flag == 'o' && flag[1] == 0 && i + 1 < argc) output = argv[++i], flag = "o";
      else if (*flag == 'm' && flag[1] == 0 && i + 1 < argc) seconds = atoi(argv[++i]), flag = "m";
      else {
        fprintf(stderr, "curl (laboratory): option %s is not known here\n", argv[i]);
        return 2;
      }
    }
  }
  if (url == NULL) return 2;
  int code = http_get(url, seconds * 1000, &answer);
  if (code == 0 && fail && answer.status >= 400) code = 22;
  if (code != 0) {
    if (!silent) fprintf(stderr, "curl: (%d) %s\n", code, url);
    return code;
  }
  FILE *file = output == NULL ? stdout : fopen(output, "wb");
  if (file == NULL) return 23;
  fwrite(answer.body, 1, (size_t)answer.length, file);
  fflush(file);
  return 0;
}
