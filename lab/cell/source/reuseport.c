/*
 * Preloaded into wineserver. Windows lets a second process bind a listening port with SO_REUSEADDR, which
 * nginx.exe relies on for its test and its reload; Linux does so with SO_REUSEPORT only.
 * No header is needed: the two numbers are those of Linux on x86-64 (SOL_SOCKET 1, SO_REUSEPORT 15, bind 49).
 */
extern int setsockopt(int, int, int, const void *, unsigned int);
extern long syscall(long, ...);

int bind(int descriptor, const void *address, unsigned int length) {
  int on = 1;
  setsockopt(descriptor, 1, 15, &on, sizeof on);
  return (int)syscall(49, descriptor, address, length);
}
