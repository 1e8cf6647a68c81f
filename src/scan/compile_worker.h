/* The other side of scan/compile.h: `khien-scan-worker compile`. Takes the sources' descriptors, compiles them in the sandbox, writes the content into the
 * descriptor it is given, and ends. */
#pragma once

#include "base/attr.h"

int kh_compile_worker(void) KH_MUST_USE;
