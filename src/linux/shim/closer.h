/* Closes that may sleep, in threads of their own. */
#ifndef PEINIT_CLOSER_H
#define PEINIT_CLOSER_H

/* From the thread of the loop. The descriptor is the closer's from here on. */
void close_aside(int fd);

/* Runs it in a thread of its own, which takes no signal. False: there can be none. */
bool start_aside(void *(*run)(void *), void *data);

#endif
