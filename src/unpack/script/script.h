/* Texts that carry content encoded: scripts, HTML, batch files.
 *
 *   base64 at 1234           a run of KH_SCRIPT_LEAST_RUN characters of base64 or more, unbroken, with capitals, small letters and digits among them and more than
 *                            hex digits: PowerShell's -EncodedCommand, FromBase64String(), atob(), data: URLs (HTML smuggling)
 *   base64 at 1234 as text   the same when it is UTF-16 of ASCII, as -EncodedCommand is: its narrow form
 *   script at 1234           what Microsoft's Script Encoder made (.vbe, .jse, VBScript.Encode in HTML): "#@~^", six digits and "==" of length, text
 *
 * The encoder's form is not published by Microsoft; source: its description by Mr Brownstone, "Windows Script Decoder" (2001), and what
 * cscript.exe runs. Not decoded: base64 broken into lines or put together by the script, other encodings, UTF-16 texts. */
#pragma once

#include "unpack/members.h"

/* Cheap for a text that has nothing of it: one byte in 16 is looked at. */
bool kh_script_looks(const uint8_t *bytes, size_t n);
void kh_script_read(struct kh_members *m, const uint8_t *bytes, size_t n);
