/* The slice that the scheduler gives to the calling thread; the floor of the benchmark takes this step as well. */
#ifndef PEINIT_SLICE_H
#define PEINIT_SLICE_H

#include <stdint.h>

/*
 * The shorter its slice, the sooner the thread is run when it is woken, instead of after whoever has the processor. Linux 6.12; older
 * kernels take the call and change nothing. Children begin with the kernel's own slice, and never with a negative nice value.
 * 0 or -errno; -EOPNOTSUPP under another policy than the ordinary one, which whoever chose it wants to keep.
 */
int slice_set(uint64_t nanoseconds);

#endif
