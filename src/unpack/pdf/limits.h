/* How far a PDF is followed. Its members obey struct kh_unpack_limits besides. */
#pragma once

#define KH_PDF_MAX_FILTERS 8       /* one after the other in one stream; writers use 2. More is told as the depth limit */
#define KH_PDF_MAX_NESTING 64      /* of arrays and dictionaries */
#define KH_PDF_MAX_OBJECTS 500000  /* that are remembered, 48 bytes each; more is told as the member count limit */
#define KH_PDF_MAX_NAME 127        /* bytes of a name, by the standard */
