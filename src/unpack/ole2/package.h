/* What is embedded in a document as an object: the files in it. Sources: [MS-OLEDS] 2.2.4 to 2.2.6 (OLE 1.0 objects, as in RTF), and for the package (a file
 * put into a document by hand), which is not in [MS-OLEDS], how Windows' packager writes it: label, file name, its path, size, content. */
#pragma once

#include "unpack/members.h"

/* The stream "\1Ole10Native" of an OLE2 file: a size, then a package or anything. The member is "<path>/<file name>". */
void kh_ole_native_give(struct kh_members *m, const char *path, const uint8_t *stream, size_t n);

bool kh_ole1_looks(const uint8_t *bytes, size_t n);
void kh_ole1_read(struct kh_members *m, const uint8_t *bytes, size_t n);
