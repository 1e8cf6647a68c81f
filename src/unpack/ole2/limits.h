/* How far an OLE2 file is followed. Its members obey struct kh_unpack_limits besides. */
#pragma once

#include "base/limits.h"

#define KH_OLE2_MAX_ENTRIES 100000           /* of the directory; as many as there may be members */
#define KH_OLE2_MAX_VBA_DIR ((size_t)KH_MIB) /* of a VBA project's list of modules, decompressed */
#define KH_OLE2_MAX_VBA_MODULES 10000
#define KH_OLE2_MAX_RECORDS 1000000         /* of a stream that is made of records, walked in search of something */
