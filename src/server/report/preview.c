#include "document/galley.h"
#include "server/report/document.h"
#include "server/report/json.h"

static json_t *pieces_of(const struct kh_pieces *pieces);

/* The names that the console's style sheet knows, by enum kh_face. */
static const char *const faces[KH_FACES] = {
	"nation", "motto", "parent", "issuer", "number", "place", "about", "type", "abstract", "to", "to-many", "to-item", "basis", "section", "clause", "text", "item", "remark",
	"recipients", "recipient", "authority", "signer", "annex", "annex-title", "annex-of", "column", "cell", "page-number",
};

static void set_table(json_t *o, const struct kh_paper_table *table)
{
	json_t *columns = json_array(), *rows = json_array();
	size_t n = table->columns.n, total = kh_paper_table_shown(table);
	kh_array_each(&table->columns, column)
		kh_json_add(columns, kh_json_string(column->title));
	for (size_t row = 0; row < total && row < KH_PREVIEW_ROWS; row++) {
		json_t *cells = json_array();
		for (size_t i = row * n; i < (row + 1) * n; i++)
			kh_json_add(cells, kh_json_string(i < table->cells.n ? table->cells.v[i].text : ""));
		kh_json_add(rows, cells);
	}
	kh_json_set(o, "columns", columns);
	kh_json_set(o, "rows", rows);
	kh_json_set_int(o, "rows_total", (int64_t)total);
}

static json_t *piece_of(const struct kh_piece *piece)
{
	json_t *o = json_object();
	switch (piece->kind) {
	case KH_PIECE_TEXT:
		kh_json_set_text(o, "face", faces[piece->face]);
		kh_json_set_text(o, "lead", piece->lead);
		kh_json_set_text(o, "text", piece->text);
		break;
	case KH_PIECE_PAIR:
		kh_json_set(o, "left", pieces_of(piece->left));
		kh_json_set(o, "right", pieces_of(piece->right));
		break;
	case KH_PIECE_TABLE:
		set_table(o, piece->table);
		break;
	case KH_PIECE_RULE:
		kh_json_set_bool(o, "rule", true);
		break;
	case KH_PIECE_SPACE:
	case KH_PIECE_PICTURE:
		kh_json_set_bool(o, "space", true);
		break;
	}
	return o;
}

static json_t *pieces_of(const struct kh_pieces *pieces)
{
	json_t *list = json_array();
	kh_array_each(&pieces->of, piece)
		kh_json_add(list, piece_of(piece));
	return list;
}

json_t *kh_document_preview(const struct kh_document *document)
{
	kh_auto_galley struct kh_galley galley = {0};
	json_t *o = json_object(), *sections = json_array();
	kh_galley_set(document->paper, &galley);
	kh_array_each(&galley.sections, section) {
		json_t *one = json_object();
		kh_json_set_bool(one, "landscape", section->landscape);
		kh_json_set(one, "pieces", pieces_of(&section->pieces));
		kh_json_add(sections, one);
	}
	kh_json_set_text(o, "title", document->title);
	kh_json_set_text(o, "name", document->name);
	kh_json_set(o, "sections", sections);
	return o;
}
