/* A program that can be compiled for any machine, because it needs none of its headers. */
void _start(void) {
  for (;;);
}
