/* OLE2 files (Office documents before 2007, .msi, .msg, vbaProject.bin): every stream is a member, by its path. Besides
 *
 *   Macros/VBA/Module1.bas             the text of a macro (vba.h), of `dir` the list of them
 *   ObjectPool/_1/\1Ole10Native/a.exe  a file that was put into the document (package.h)
 *   PowerPoint Document/object 3       what PowerPoint keeps compressed: macros, objects ([MS-PPT] 2.10.34, ExOleObjStg)
 *
 * Encrypted documents are said to be: EncryptedPackage ([MS-OFFCRYPTO]), Word's fEncrypted ([MS-DOC] 2.5.2), Excel's FilePass ([MS-XLS] 2.4.117),
 * PowerPoint's token ([MS-PPT] 2.3.2). */
#pragma once

#include "unpack/members.h"

void kh_ole2_read(struct kh_members *m, const uint8_t *bytes, size_t n);
