/*
 * Laid over the C library by LD_PRELOAD: any file is a real-time clock, and shows the time that RTC_TIME says: year month day hour minute
 * second.
 */
#include <linux/rtc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int ioctl(int fd, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  const char *shown = getenv("RTC_TIME");
  if (request != RTC_RD_TIME || shown == NULL) return (int)syscall(SYS_ioctl, fd, request, argument);
  struct rtc_time *time = argument;
  memset(time, 0, sizeof *time);
  int year = 0;
  int month = 0;
  sscanf(shown, "%d %d %d %d %d %d", &year, &month, &time->tm_mday, &time->tm_hour, &time->tm_min, &time->tm_sec);
  time->tm_year = year - 1900;
  time->tm_mon = month - 1;
  return 0;
}
