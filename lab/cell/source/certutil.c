/* Stand-in for Windows' certutil.exe -f -decode FROM TO: base64 to bytes. */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (argc != 5 || strcmp(argv[1], "-f") != 0 || strcmp(argv[2], "-decode") != 0) {
    fprintf(stderr, "certutil (laboratory): only -f -decode FROM TO is known here\n");
    return 1;
  }
  FILE *from = fopen(argv[3], "rb"), *to = fopen(argv[4], "wb");
  if (from == NULL || to == NULL) return 2;
  unsigned int bits = 0;
  int count = 0;
  for (int character; (character = fgetc(from)) != EOF;) {
    const char *digit = character == 0 ? NULL : strchr(digits, character);
    if (digit == NULL) continue;
    bits = bits << 6 | (unsigned int)(digit - digits);
    count += 6;
    if (count >= 8) fputc((int)(bits >> (count -= 8) & 255), to);
  }
  fclose(from);
  return fclose(to);
}
