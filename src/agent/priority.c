#include "agent/priority.h"

#include "base/attr.h"

#include <linux/ioprio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

void kh_priority_lowest(void)
{
	kh_ignore(setpriority(PRIO_PROCESS, 0, 19));
	kh_ignore(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0)));
}
