/* What counts as encoded content in a script. */
#pragma once

#include "base/limits.h"

/* Characters in one run of base64: 120 bytes. Hashes, keys and tokens are shorter; the shortest PowerShell command that fetches something is about as long. */
#define KH_SCRIPT_LEAST_RUN 160
#define KH_SCRIPT_MAX_LOOKED 4096 /* of a run, to tell base64 from other long words */
