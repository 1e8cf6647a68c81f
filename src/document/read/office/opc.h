/* What the packages of Office Open XML have in common; source: ECMA-376 part 2: parts lead to other parts by relationships; some properties describe the document. */
#pragma once

#include "document/read/parts.h"

struct kh_opc_relation {
	char *id, *type; /* type: the last part of its address: "worksheet", "slideLayout" */
	char *target;    /* name of the part in the package */
};

struct kh_opc_relations {
	KH_ARRAY(struct kh_opc_relation) list;
};

/* Of the part with this name. To be released. */
void kh_opc_relations_init(struct kh_opc_relations *o, const struct kh_parts *parts, const char *part);
void kh_opc_relations_done(struct kh_opc_relations *o);

const char *kh_opc_target(const struct kh_opc_relations *o, const char *id); /* NULL: there is none */
const char *kh_opc_id(const char **attributes); /* r:id, which has a prefix, unlike an id of another meaning; NULL: none */

void kh_opc_read_property_part(struct kh_reading *r, const struct kh_part *p); /* of one part; also OpenDocument's meta.xml */
void kh_opc_read_properties(const struct kh_parts *parts); /* gives out title, subject, keywords, … */
bool kh_opc_is_properties(const char *name); /* parts that are wanted for that */
bool kh_opc_is_inside(const char *name);     /* pictures and documents inside */
