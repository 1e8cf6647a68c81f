/* What the ids of packs/ are called that stand in records: a route of reporting, a rule of the law, a directive. */
#pragma once

#include "gen/registers.h"

/* Where the packs are. They are read when somebody asks for the first time; an id that no file has (any more) is called what it is. */
void kh_pack_names_from(const char *packs_dir);

/* In the language of the thread; new memory. Any thread may ask. */
char *kh_pack_name(enum kh_field_shown what, const char *id);

/* The id of the directive that is called so in either language; NULL: none is. Likewise. */
char *kh_pack_directive_id(const char *name);
