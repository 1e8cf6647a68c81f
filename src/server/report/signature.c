#include "server/report/signature.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "server/register/proof.h"
#include "server/register/record.h"
#include "sheet/sheet.h"

/* The lines of points that the worker gives, all of one length. */
static int points_of(const struct kh_sheet *sheet, uint32_t *ret_width, uint8_t **ret)
{
	size_t digits = sheet->rows.n ? strlen(kh_sheet_cell(&sheet->rows.v[0], 0)) : 0, bytes = digits / 2;
	kh_auto_free uint8_t *points = kh_alloc_array(sheet->rows.n * bytes + 1, 1);
	bool good = digits > 0 && digits % 8 == 0;
	for (size_t y = 0; good && y < sheet->rows.n; y++) {
		const char *line = kh_sheet_cell(&sheet->rows.v[y], 0);
		good = strlen(line) == digits && kh_unhex(line, points + y * bytes, bytes);
	}
	if (!good)
		return kh_fail(KH_E_WORKER_FAILED, "a malformed answer");
	*ret_width = (uint32_t)(digits / 8);
	*ret = kh_take(points);
	return 0;
}

int kh_signature_clean(const struct kh_buf *given, struct kh_buf *ret_png)
{
	kh_auto_sheet struct kh_sheet sheet = {0};
	kh_auto_picture struct kh_picture picture = {0};
	kh_auto_free uint8_t *points = NULL;
	uint32_t width = 0;
	int r = kh_sheet_read_form(KH_SHEET_PICTURE, given->data, given->len, NULL, &sheet);
	r = r < 0 ? r : points_of(&sheet, &width, &points);
	r = r < 0 ? r : kh_picture_paint(width, (uint32_t)sheet.rows.n, points, &picture);
	if (r < 0)
		return r;
	*ret_png = picture.png;
	picture.png = (struct kh_buf)KH_BUF_INIT;
	return 0;
}

int kh_signature_read(struct kh_db *db, const char *data_dir, int64_t unit_id, struct kh_picture *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	kh_auto_buf struct kh_buf png = KH_BUF_INIT;
	struct kh_proof proof = {0};
	int r = kh_db_query(db, &s,
			    "SELECT f.sha256 FROM reg_report_office o JOIN record_file f ON f.register = 'report_office' AND f.record_id = o.id"
			    " WHERE o.unit_id = ?1 AND f.kind = '" KH_SIGNATURE_KIND "' AND f.removed_s IS NULL ORDER BY f.id DESC LIMIT 1",
			    unit_id);
	while (kh_stmt_next(s, &r))
		snprintf(proof.sha256, sizeof proof.sha256, "%s", kh_stmt_text(s, 0));
	if (r == 0 && !*proof.sha256)
		r = kh_fail(KH_E_NOT_FOUND, "no image of a signature: add a file of this kind to the unit's record of its office on paper");
	r = r < 0 ? r : kh_proof_read(data_dir, &proof, &png);
	return r < 0 ? r : kh_picture_take(&png, ret);
}
