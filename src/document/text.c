#include "document/text.h"

#include "base/str.h"
#include "document/galley.h"

static void add_table(const struct kh_paper_table *table, struct kh_buf *out)
{
	size_t n = table->columns.n;
	for (size_t row = 0; row < kh_paper_table_shown(table); row++) {
		kh_buf_adds(out, "\n");
		for (size_t i = 0; i < n && row * n + i < table->cells.n; i++) {
			const char *text = table->cells.v[row * n + i].text;
			if (*text)
				kh_buf_addf(out, "   %s: %s\n", table->columns.v[i].title, text);
		}
	}
}

static void add_pieces(const struct kh_pieces *pieces, struct kh_buf *out)
{
	kh_array_each(&pieces->of, piece) {
		if (piece->kind == KH_PIECE_TEXT)
			kh_buf_addf(out, "%s%s%s\n", kh_form[piece->face].before_pt > 0 ? "\n" : "", piece->lead, piece->text);
		else if (piece->kind == KH_PIECE_TABLE)
			add_table(piece->table, out);
		if (piece->kind == KH_PIECE_PAIR) {
			add_pieces(piece->left, out);
			kh_buf_adds(out, "\n");
			add_pieces(piece->right, out);
		}
	}
}

int kh_plain_write(const struct kh_paper *paper, struct kh_buf *out)
{
	kh_auto_galley struct kh_galley galley = {0};
	int r = kh_paper_status(paper);
	if (r < 0)
		return r;
	kh_galley_set(paper, &galley);
	kh_array_each(&galley.sections, section) {
		if (section != galley.sections.v)
			kh_buf_adds(out, "\n\f\n");
		add_pieces(&section->pieces, out);
	}
	return kh_buf_status(out);
}
