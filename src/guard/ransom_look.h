/* What a few bytes of a file say about it, without parsing anything: is it still what its name promises, or random?
 *
 * Encrypted bytes are all equally frequent; text, pictures and even compressed data are not quite, and they begin with the mark of their format. The test is
 * Pearson's chi-squared of the 256 byte values (255 degrees of freedom): random bytes give 255 ± 23, whatever the size of the sample. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KH_RANSOM_HEAD 4096   /* bytes looked at from the start of a file, */
#define KH_RANSOM_MIDDLE 4096 /* and from its middle, when it is at least four times as large */
#define KH_RANSOM_LEAST 128   /* in fewer bytes, random and not random cannot be told apart */

enum kh_ransom_look {
	KH_RANSOM_PLAIN,     /* as its name says; or nothing can be said */
	KH_RANSOM_SEALED,    /* encrypted, as its name says (gpg, age, p7m…), or random bytes under a name that promises nothing */
	KH_RANSOM_SCRAMBLED, /* random bytes under a name that promises a document, picture or text */
};

/* `name`: the last part of the path. It promises what its last known extension says: "a.docx.locked" is a docx. `middle` may be empty. */
enum kh_ransom_look kh_ransom_look(const char *name, const uint8_t *head, size_t head_n, const uint8_t *middle, size_t middle_n);

/* The name says that people keep something in it: documents, pictures, mail, sound, film, archives. */
bool kh_ransom_is_document(const char *name);

/* The name is that of something to be read by a person in passing (txt, html, hta, png…): what a ransom note is. */
bool kh_ransom_is_readable(const char *name);

/* A document got an extension that nobody knows. Numbers and the marks of editors and copies (bak, old, tmp, part, ~…) are known. */
bool kh_ransom_is_renamed_away(const char *old_name, const char *new_name);
